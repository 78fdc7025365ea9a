"""Refusals of a key. Those of a token stand in `getme_server.errors`: accounts raise them too."""


class KeyRefused(Exception):
    """A key that must not be used; the text says why and how to make a good one."""
