"""Why the demo ends."""


class DemoError(Exception):
    """Something is in the way; the text says what, and what a person can do."""


class Stopped(Exception):
    """A person asked it to stop (Ctrl-C)."""
