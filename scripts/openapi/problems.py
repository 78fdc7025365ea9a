"""What a request can be refused with: by status, by reason, with a text on each.

Statuses and titles come from `getme_gateway.problem`, which is asked for the answer itself.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import grpc

from getme.errors import error_of_call
from getme.reasons import Reason
from getme_gateway import problem, refusals
from getme_gateway.http_messages import Response
from getme_gateway.transcoding.annotations import RpcRoute
from getme_server.interceptors.authentication import OPEN_METHODS
from getme_server.servicers.admin_service import AdminService
from getme_server.servicers.auth_service import AuthService
from getme_server.servicers.user_service import UserService
from scripts.openapi.comments import Comments
from scripts.openapi.refusals import refusals_of


class Meaning(NamedTuple):
    """What a reason says. title: of the problem. note: of this route alone, may be empty."""

    title: str
    note: str = ""


# HTTP status -> reason -> what it says.
Problems = Mapping[int, Mapping[str, Meaning]]
Row = tuple[int, str, Meaning]

_TEXT = "as said here"
# Any request: before its path and method are looked at.
_UNREADABLE: tuple[refusals.Refused, ...] = (
    refusals.InvalidField({}),
    refusals.TargetTooLong(_TEXT),
    refusals.HeadersTooLarge(_TEXT),
)
_OTHER_METHOD = "the path has others, which `Allow` names"
_CREDENTIALS = refusals.TokenInvalid(_TEXT)
_BY_COOKIE = refusals.OriginRefused(_TEXT)
_BODY: tuple[refusals.Refused, ...] = (
    refusals.UnsupportedMediaType(_TEXT),
    refusals.BodyTooLarge(_TEXT),
    refusals.BodyTimeout(_TEXT),
)
# Any RPC: from the server's outer interceptors.
_SERVER = (Reason.OVERLOADED, Reason.TOO_LARGE, Reason.INTERNAL)
# Any RPC: gRPC's own, where the server is not there, too old, too slow or broken.
_GRPC = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.UNKNOWN,
    grpc.StatusCode.INTERNAL,
)
# What is served with GETME_ACCOUNTS=off; the classes with the rest are built on these.
_SERVED_ALWAYS = (AdminService, AuthService, UserService)
_MISSING_USER = "only where the server is set to say so (GETME_MISSING_USER=not_found)"


def of_rpc(route: RpcRoute, comments: Comments) -> Problems:
    """What a route of the contract can be refused with."""
    named = refusals_of(route.rpc.full_name, comments)
    rows = [*_refused(_UNREADABLE), _of_other_method(), *_refused([_CREDENTIALS])]
    if route.http_method != "GET":
        rows += _refused([_BY_COOKIE])
    if route.body:
        rows += _refused(_BODY)
    if route.template.fields:
        rows += _refused([refusals.RouteNotFound()])
    if not is_open(route):
        rows.append(_of_reason(Reason.USER_NOT_FOUND, _MISSING_USER))
    rows += [_of_reason(reason, note) for reason, note in named.items()]
    rows += [_of_reason(reason) for reason in _SERVER if reason not in named]
    rows += [_of_code(code) for code in _GRPC]
    if not _is_served_always(route):
        rows.append(_of_code(grpc.StatusCode.UNIMPLEMENTED))
    return _by_status(rows)


def of_every_request() -> Problems:
    """What anything that the gateway answers itself can be refused with."""
    return _by_status([*_refused(_UNREADABLE), _of_other_method(), _row(problem.internal(""))])


def not_ready() -> Problems:
    """The readiness probe's no."""
    return _by_status(_refused([refusals.NotReady(_TEXT)]))


def is_open(route: RpcRoute) -> bool:
    """Whether a route needs no token."""
    return method_name(route) in OPEN_METHODS


def method_name(route: RpcRoute) -> str:
    """The RPC as gRPC writes it in a path."""
    service, _, rpc = route.rpc.full_name.rpartition(".")
    return f"/{service}/{rpc}"


def _is_served_always(route: RpcRoute) -> bool:
    return any(route.rpc.name in vars(service) for service in _SERVED_ALWAYS)


class _Ended:
    """A call that ended with a bare status, as grpc.Call."""

    def __init__(self, code: grpc.StatusCode) -> None:
        self._code = code

    def code(self) -> grpc.StatusCode:
        return self._code

    def details(self) -> str | None:
        return None

    def trailing_metadata(self) -> object:
        return ()


def _of_other_method() -> Row:
    """With each operation of a path: OpenAPI has no place for what the path itself answers."""
    status, reason, meaning = _row(problem.refused(refusals.MethodNotAllowed(("GET",)), ""))
    return status, reason, meaning._replace(note=_OTHER_METHOD)


def _of_code(code: grpc.StatusCode) -> Row:
    return _row(problem.failed(error_of_call(_Ended(code)), ""))


def _of_reason(reason: Reason, note: str = "") -> Row:
    status, title = problem.ANSWERS[reason]
    return status, reason.value, Meaning(title, note)


def _refused(kinds: Iterable[refusals.Refused]) -> list[Row]:
    return [_row(problem.refused(kind, "")) for kind in kinds]


def _row(response: Response) -> Row:
    body: dict[str, Any] = json.loads(response.body)
    return response.status, body["reason"], Meaning(body["title"])


def _by_status(rows: Iterable[Row]) -> Problems:
    """Later rows win: the contract's own words say more than a title."""
    found: dict[int, dict[str, Meaning]] = {}
    for status, reason, meaning in rows:
        found.setdefault(status, {})[reason] = meaning
    return {status: found[status] for status in sorted(found)}
