"""Whether a caller wants bytes as they are or gzipped (RFC 9110 section 12.5.3)."""

import re
from collections.abc import Iterable

# A coding and its weight (RFC 9110 section 12.4.2); an element that is spelt otherwise is ignored.
_ELEMENT = re.compile(
    rb"[ \t]*([a-z0-9!#$&'*+.^_`|~-]+)(?:[ \t]*;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?[ \t]*"
)
_IDENTITY = b"identity"
_GZIP = b"gzip"
_GZIP_TOO = b"x-gzip"  # RFC 9110 section 8.4.1.3
_ANY = b"*"


def prefers_gzip(values: Iterable[bytes]) -> bool:
    """values: of all Accept-Encoding headers.

    Where neither form is accepted the answer is no: a page as it is serves the caller better
    than a refusal, and the RFC allows it.
    """
    weights: dict[bytes, float] = {}
    for element in b",".join(values).lower().split(b","):
        if spelt := _ELEMENT.fullmatch(element):
            weights[spelt[1]] = float(spelt[2] or 1)
    any_other = weights.get(_ANY, 0.0)
    gzip = weights.get(_GZIP, weights.get(_GZIP_TOO, any_other))
    # What is not spoken of is accepted, but less welcome than what is.
    return gzip > 0 and gzip >= weights.get(_IDENTITY, any_other)
