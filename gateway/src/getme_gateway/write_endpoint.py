"""A route that changes something: who may, from which page, and what the browser then holds.

What a route does with tokens follows from its fields: a request with `refresh_token` may have it
from the cookie, an answer with tokens may give them as cookies.
"""

from dataclasses import replace
from typing import Any

import getme
from getme.calls import Metadata
from getme_gateway import cookies, problem
from getme_gateway.caller_place import place_metadata
from getme_gateway.credentials import Credential, credential_of, text_of
from getme_gateway.http_messages import Headers, Request, Response
from getme_gateway.preconditions import expected_etag
from getme_gateway.refusals import TokenInvalid
from getme_gateway.rpc_answer import REFRESH_TOKEN, USER, RpcAnswer
from getme_gateway.rpc_call import EXPECTED_ETAG, RpcCall
from getme_gateway.same_origin import require_same_origin
from getme_gateway.signed_in_roles import SignedInRoles
from getme_gateway.transcoding.annotations import RpcRoute

SIGN_IN = "sign_in"

_LOGOUT = "getme.v1.AuthService.Logout"
# After these the caller's own tokens are good for nothing.
ENDING_RPCS = frozenset(
    {_LOGOUT, "getme.v1.AuthService.LogoutEverywhere", "getme.v1.UserService.DeleteMe"}
)


class WriteEndpoint:
    """Answers the requests of one route.

    trusted: origins whose pages may write as ours may. roles: where the user that comes with a
    token is to have them.
    """

    def __init__(
        self,
        route: RpcRoute,
        call: RpcCall,
        answer: RpcAnswer,
        *,
        trusted: frozenset[bytes],
        roles: SignedInRoles | None,
    ) -> None:
        fields = route.rpc.input_type.fields_by_name
        self._call = call
        self._answer = answer
        self._trusted = trusted
        self._roles = roles
        self._has_version = EXPECTED_ETAG in fields
        self._takes_refresh_token = REFRESH_TOKEN in fields
        self._may_sign_in = SIGN_IN in fields
        self._ends_session = route.rpc.full_name in ENDING_RPCS
        self._is_logout = route.rpc.full_name == _LOGOUT

    async def __call__(self, request: Request, path_values: list[bytes]) -> Response:
        """Raises getme.Error, Refused, Disconnected."""
        credential = credential_of(request)
        refresh = self._refresh_cookie(request)
        by_cookie = credential.by_cookie or refresh is not None
        wants_cookies = cookies.asks_for_cookies(request)
        if by_cookie or wants_cookies:
            require_same_origin(request, self._trusted)
        message = await self._call.message_of(request, path_values)
        if refresh is not None:
            wants_cookies |= _is_from_cookie(message, refresh)
        if self._has_version:
            message.expected_etag = expected_etag(request)
        if self._may_sign_in and wants_cookies:
            message.sign_in = True
        try:
            response = await self._call.ask(request, message, _metadata(request, credential))
        except getme.Unauthenticated as error:
            # A session that is over: its cookies would be sent in vain for as long as they last. Of
            # a refresh only where the refused token was the cookie's; two cookies were refused
            # before the call, since nobody can say which of them is the person's. A tab that lost a
            # race is not refused (the server's time of grace).
            if not (by_cookie if self._is_logout else refresh is not None):
                raise
            return _with(problem.failed(error, request.request_id), cookies.without_tokens())
        of_user = {}
        if self._roles is not None and response.token:
            roles = await self._roles.of(response.token, request)
            if roles is None:
                response.ClearField(USER)  # else a page would keep a user who may do nothing
            else:
                of_user["roles"] = roles
        if wants_cookies and self._answer.has_tokens and response.token:
            answer = self._answer.without_tokens(response, of_user=of_user)
            return _with(answer, _as_cookies(response))
        answer = self._answer.answer(response, of_user=of_user)
        ends_cookies = self._ends_session and by_cookie
        return _with(answer, cookies.without_tokens()) if ends_cookies else answer

    def _refresh_cookie(self, request: Request) -> bytes | None:
        if not self._takes_refresh_token:
            return None
        return cookies.cookie_of(request, cookies.REFRESH)


def _metadata(request: Request, credential: Credential) -> Metadata:
    return (
        *request.metadata,
        *credential.metadata,
        *place_metadata(request),
    )


def _is_from_cookie(message: Any, cookie: bytes) -> bool:
    """Whether the refresh token is the browser's, which is then set. Raises TokenInvalid.

    As with access tokens: one in the body and another in the cookie are one credential too many.
    """
    token = text_of(cookie)
    if not message.refresh_token:
        message.refresh_token = token
        return True
    if message.refresh_token != token:
        raise TokenInvalid("The body and the cookie have different refresh tokens.")
    return False


def _as_cookies(response: Any) -> Headers:
    return cookies.with_tokens(
        access=response.token,
        access_seconds=response.expires_in,
        refresh=response.refresh_token,
    )


def _with(response: Response, headers: Headers) -> Response:
    return replace(response, headers=(*response.headers, *headers))
