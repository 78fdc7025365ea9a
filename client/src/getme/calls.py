"""What both forms of the client send with a call: its request, its metadata, its deadline."""

import re
from collections.abc import Sequence
from datetime import timedelta

from google.protobuf.descriptor import MethodDescriptor

from getme.errors import ErrorDetails, Unauthenticated
from getme.reasons import Reason
from getme.v1.user_service_pb2 import GetMeRequest

DEFAULT_TIMEOUT_SECONDS = 5.0
# RPCs that change nothing. All others are writes, those of a newer contract too.
_READING = frozenset(
    {
        "getme.v1.AdminService.FindUser",
        "getme.v1.AuthService.GetPublicKeys",
        "getme.v1.AuthService.ListSessions",
        "getme.v1.UserService.BatchGetUsers",
        "getme.v1.UserService.GetMe",
        "getme.v1.UserService.GetUser",
        "getme.v1.UserService.WatchInvalidations",
    }
)
_AUTHORIZATION = "authorization"
Metadata = Sequence[tuple[str, str]]

_VISIBLE_ASCII = re.compile(r"[\x21-\x7e]+")  # a token's characters and no others: no spaces


def bearer(token: str) -> tuple[tuple[str, str], ...]:
    """The metadata that carries a token (RFC 6750 section 2.1).

    Raises Unauthenticated for text that no header can carry, as the server would of any bad token.
    """
    if not _VISIBLE_ASCII.fullmatch(token):
        raise Unauthenticated(
            "the token is not valid", reason=Reason.TOKEN_INVALID, details=ErrorDetails()
        )
    return ((_AUTHORIZATION, f"Bearer {token}"),)


def is_write(method: MethodDescriptor) -> bool:
    """Whether an RPC may change something."""
    return method.full_name not in _READING


def token_in(metadata: Metadata) -> str | None:
    """The access token that a call brings; None where it has none."""
    for name, value in metadata:
        scheme, _, token = value.partition(" ")
        if name == _AUTHORIZATION and scheme.lower() == "bearer":
            return token
    return None


def get_me_request(max_staleness: timedelta | None) -> GetMeRequest:
    """A request for the caller's own user, at most max_staleness old."""
    request = GetMeRequest()
    if max_staleness is not None:
        request.max_staleness.FromTimedelta(max_staleness)
    return request


def shorter(own_seconds: float, asked_seconds: float | None) -> float:
    """How long a call may take that a client and its caller both bound."""
    return own_seconds if asked_seconds is None else min(own_seconds, asked_seconds)
