"""One attack: what is sent over gRPC and over REST, and which answers are right.

An answer is named by its reason (`ErrorInfo.reason`), by ACCEPTED, or, where a transport refuses
before getme sees anything, by that transport's own status.
"""

from typing import NamedTuple

ACCEPTED = "ACCEPTED"
TOKEN_INVALID = "TOKEN_INVALID"
TOKEN_MISSING = "TOKEN_MISSING"
TOKEN_EXPIRED = "TOKEN_EXPIRED"
TOO_LARGE = "TOO_LARGE"
HTTP_400 = "HTTP 400"  # the HTTP server's own refusal of what is no HTTP/1.1
HTTP_431 = "HTTP 431"  # the HTTP server's own limit, above the contract's
HTTP2_RESET = "HTTP/2 reset"  # gRPC's own refusal of what is no HTTP/2 or no metadata

Answers = frozenset[str]
Fields = tuple[tuple[bytes, bytes], ...]

NOT_SENT: Answers = frozenset()
ME = b"/api/v1/users/me"


class Case(NamedTuple):
    """What an attacker sends. fields: metadata or headers, names in lower case.

    over_grpc, over_rest: the answers that are right, NOT_SENT where the attack has no meaning.
    target, body: of the HTTP request.
    """

    id: str
    fields: Fields
    over_grpc: Answers = frozenset({TOKEN_INVALID})
    over_rest: Answers = frozenset({TOKEN_INVALID})
    target: bytes = ME
    body: bytes = b""

    @property
    def token(self) -> str | None:
        """The one token that it sends, None where it sends none or none that is text."""
        values = [value for name, value in self.fields if name == b"authorization"]
        if len(values) != 1 or not values[0].startswith(b"Bearer ") or not values[0].isascii():
            return None
        return values[0].removeprefix(b"Bearer ").decode()


class Answer(NamedTuple):
    """What came back. name: as above. shown: all that its receiver can read. seconds: its wait."""

    name: str
    shown: str
    seconds: float


def sent(case_id: str, token: str | bytes, *answers: str) -> Case:
    """A token as everybody sends it, over both; answers: TOKEN_INVALID if none are given."""
    raw = token if isinstance(token, bytes) else token.encode()
    right = frozenset(answers or {TOKEN_INVALID})
    return Case(case_id, ((b"authorization", b"Bearer " + raw),), right, right)


def shown(case_id: str, value: bytes, *answers: str) -> Case:
    """A value of the authorization field as it is, over both."""
    right = frozenset(answers or {TOKEN_INVALID})
    return Case(case_id, ((b"authorization", value),), right, right)
