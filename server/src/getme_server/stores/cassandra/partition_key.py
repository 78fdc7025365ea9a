"""Which text can be the key of a row."""

MAX_KEY_BYTES = 65_535  # the key's length is written in two bytes


def can_be_key(text: str) -> bool:
    """False: no such row can exist, and Cassandra refuses the question."""
    return 0 < len(text.encode()) <= MAX_KEY_BYTES
