"""Origins as browsers spell them: lower case, no path, no default port (RFC 6454 section 6.2).

Another spelling is no browser's and never matches, so a setting that has one is refused.
"""

import re
from collections.abc import Iterator

HEADER = b"origin"
DEFAULT_PORTS = {b"https": b":443", b"http": b":80"}
ORIGIN = re.compile(rb"(https?)://((?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?)")


def read_origins(text: str) -> frozenset[bytes]:
    """Origins from a list with commas. Raises ValueError, which names the one that cannot be used.

    `*` and `null` are none: they stand for pages that nobody has named.
    """
    return frozenset(_origins(text))


def _origins(text: str) -> Iterator[bytes]:
    for item in filter(None, map(str.strip, text.split(","))):
        spelt = ORIGIN.fullmatch(item.encode())
        if spelt is None:
            raise ValueError(
                f"{item!r} is not an origin, such as https://app.example.org: scheme, host in"
                " lower case and port, without a path; no * and no null"
            )
        scheme, authority = spelt.groups()
        if authority.endswith(DEFAULT_PORTS[scheme]):
            raise ValueError(f"{item!r} never matches: browsers leave out the default port")
        yield item.encode()
