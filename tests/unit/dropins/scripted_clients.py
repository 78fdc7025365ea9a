"""Stand-ins for the client: what getme would say is chosen by the token."""

import asyncio
import threading
from dataclasses import replace

import getme
from getme.errors import ErrorDetails

USER = getme.User(
    user_id="00000000-0000-4000-8000-000000000001",
    firstname="Ada",
    lastname="Example",
    email="ada@example.org",
    account_status="active",
    created_date=None,
    last_login_date=None,
    roles=("viewer",),
    etag="1",
)
CREATOR = replace(USER, firstname="Carla", roles=("viewer", "creator"))
SECONDS = 10.0  # long enough for any machine


def failure(
    kind: type[getme.Error], reason: str, *, request_id: str = "", retry: float | None = None
) -> getme.Error:
    details = ErrorDetails(request_id=request_id, retry_after_seconds=retry)
    return kind(f"text of {reason}", reason=reason, details=details)


ANSWERS: dict[str, getme.User | getme.Error] = {
    "ada": USER,
    "carla": CREATOR,
    "forged": failure(getme.Unauthenticated, "TOKEN_INVALID", request_id="r1"),
    "expired": failure(getme.Unauthenticated, "TOKEN_EXPIRED", request_id="r1"),
    "of-suspended": failure(getme.PermissionDenied, "ACCOUNT_SUSPENDED", request_id="r1"),
    "of-nobody": failure(getme.NotFound, "USER_NOT_FOUND", request_id="r1"),
    "storeless": failure(getme.Unavailable, "STORE_UNAVAILABLE", request_id="r1", retry=2.5),
    "overloaded": failure(getme.Unavailable, "OVERLOADED", request_id="r1", retry=1.0),
    "huge": failure(getme.TooLarge, "TOO_LARGE", request_id="r1"),
    "buggy": failure(getme.Internal, "INTERNAL", request_id="r1"),
    "unreached": failure(getme.Unavailable, "UNAVAILABLE"),
    "unanswered": failure(getme.DeadlineExceeded, "DEADLINE_EXCEEDED"),
    "closed": failure(getme.Unavailable, "CLIENT_CLOSED"),
    "forked": failure(getme.Unavailable, "FORKED"),
    "barred-anew": failure(getme.PermissionDenied, "TOO_YOUNG", request_id="r1"),
    "broken": failure(getme.Internal, "INTERNAL"),
    "kept-out": failure(getme.PermissionDenied, "PERMISSION_DENIED"),
    "misread": failure(getme.InvalidArgument, "INVALID_FIELD", request_id="r1"),
}


class ScriptedClient:
    """As getme.Client. Asked about "slow", it waits for `released`."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.timeouts: list[float | None] = []
        self.released = threading.Event()

    def get_me(self, token: str, *, timeout_seconds: float | None = None) -> getme.User:
        self.timeouts.append(timeout_seconds)
        if token == "slow":
            self.released.wait(SECONDS if timeout_seconds is None else timeout_seconds)
            raise failure(getme.DeadlineExceeded, "DEADLINE_EXCEEDED")
        return answer(self.asked, token)


class ScriptedAsyncClient:
    """As getme.aio.Client. Asked about "slow", it waits until it is cancelled."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.cancelled = threading.Event()

    async def get_me(self, token: str) -> getme.User:
        if token == "slow":
            try:
                await asyncio.sleep(SECONDS)
            finally:
                self.cancelled.set()
        return answer(self.asked, token)


def answer(asked: list[str], token: str) -> getme.User:
    asked.append(token)
    given = ANSWERS[token]
    if isinstance(given, getme.Error):
        raise given
    return given
