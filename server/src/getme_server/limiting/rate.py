"""A rate as an operator writes it: `10 per 10 minutes`, or `off`."""

import re

from limits import RateLimitItem, parse_many

OFF = "off"
MAX_AMOUNT = 100_000  # each attempt in the window is kept in mind, 8 bytes each
MAX_WINDOW_SECONDS = 31_622_400  # a leap year


def read_rate(text: str) -> RateLimitItem | None:
    """The rate in a text; None where it is `off`. Raises ValueError, which says what is right."""
    if text.strip().lower() == OFF:
        return None
    try:
        rates = parse_many(text)
    except ValueError:
        rates = []
    # `limits` reads "10 per 0 minutes" as one minute, and "0 per hour" lets nobody in at all.
    if len(rates) != 1 or 0 in map(int, re.findall(r"\d+", text)):
        raise ValueError(f"this is one rate, such as `10 per 10 minutes` or `300/hour`, or `{OFF}`")
    if rates[0].amount > MAX_AMOUNT or rates[0].get_expiry() > MAX_WINDOW_SECONDS:
        raise ValueError(f"a rate is at most {MAX_AMOUNT} attempts, and at most a year long")
    return rates[0]
