"""What the server and the gateway share as programs: settings, listening, logs, limits.

Needs the extra `getme[program]`; the client library itself imports nothing of it.
"""
