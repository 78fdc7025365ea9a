"""Passwords: which may be chosen, how they are kept, and what was kept by others before.

Knows nothing of accounts, tokens, transport or settings.
"""
