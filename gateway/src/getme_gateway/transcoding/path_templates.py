"""Path templates of google.api.http and how they match the bytes of a request target.

Only `/literal/{field}` is understood, one segment a field; anything else of the syntax
(https://github.com/googleapis/googleapis/blob/master/google/api/http.proto) is refused at start.
Segments are cut before they are percent-decoded, so that `%2F` never makes two of one.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from getme_gateway.transcoding.errors import ContractError

_VARIABLE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_LITERAL = re.compile(r"[A-Za-z0-9._~-]+")  # RFC 3986 section 2.3, no need to encode


@dataclass(frozen=True, slots=True)
class PathTemplate:
    """text: as annotated. segments: literals, None for a variable. fields: its variables."""

    text: str
    segments: tuple[bytes | None, ...]
    fields: tuple[str, ...]

    def match(self, segments: list[bytes]) -> list[bytes] | None:
        """The values of the fields, or None. segments: from segments_of, as many as ours."""
        values = []
        for ours, theirs in zip(self.segments, segments, strict=True):
            if ours is None and theirs:  # an empty segment is no value
                values.append(theirs)
            elif ours != theirs:
                return None
        return values


# What no annotation can say: the path of the origin itself.
ROOT = PathTemplate("/", (b"",), ())


def parse_template(text: str) -> PathTemplate:
    """Reads a template. Raises ContractError."""
    segments: list[bytes | None] = []
    fields: list[str] = []
    if not text.startswith("/"):
        raise ContractError(f"path {text!r} does not start with a slash")
    for segment in text[1:].split("/"):
        if variable := _VARIABLE.fullmatch(segment):
            fields.append(variable[1])
            segments.append(None)
        elif _LITERAL.fullmatch(segment):
            segments.append(segment.encode())
        else:
            raise ContractError(
                f"path {text!r} has the segment {segment!r}, not a word or {{field}}"
            )
    if len(set(fields)) < len(fields):
        raise ContractError(f"path {text!r} names a field twice")
    return PathTemplate(text, tuple(segments), tuple(fields))


def segments_of(path: bytes) -> list[bytes] | None:
    """The percent-decoded segments of a request's path, None if it is not an absolute path."""
    if not path.startswith(b"/"):
        return None
    segments = path[1:].split(b"/")
    return [unquote_to_bytes(segment) for segment in segments] if b"%" in path else segments
