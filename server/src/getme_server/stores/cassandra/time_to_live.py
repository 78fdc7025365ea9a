"""How long Cassandra keeps what is written, as its TTL."""

import math

# Cassandra refuses a TTL that ends after 2038 (CASSANDRA-14092; Cassandra 5 does too, unless its
# storage_compatibility_mode is changed). What must be kept for longer than this is kept for ever.
MAX_TTL_SECONDS = 366 * 86_400
_NO_TTL = 0


def time_to_live(keep_seconds: float | None) -> int:
    """Whole seconds, one at least: Cassandra takes 0 for no TTL, which None stands for here."""
    if keep_seconds is None or keep_seconds > MAX_TTL_SECONDS:
        return _NO_TTL
    return max(1, math.ceil(keep_seconds))
