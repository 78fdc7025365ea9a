"""Exactly one bearer token a call, spelt as RFC 6750 spells it; open methods need none."""

import itertools
import time
from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from getme.v1.user_service_pb2 import GetUserResponse
from getme_server.call import caller, caller_if_known, known_place
from getme_server.deadline import CallLifetime, Deadline
from getme_server.interceptors import authentication
from getme_server.interceptors.authentication import OPEN_METHODS, Authentication
from getme_server.interceptors.errors import ErrorTranslation
from getme_server.tokens.claims import AccessClaims
from getme_server.tokens.key_ring import KeyRing
from getme_server.tokens.policy import TokenPolicy
from getme_server.tokens.remembered import RememberingVerifier
from getme_server.tokens.revocation_check import RevocationCheck
from getme_server.tokens.verifier import Verifier
from tests.unit.interceptors.serving import Metadata, Running, serve
from tests.unit.interceptors.verifying import Verifying
from tests.unit.tokens.forging import EXPIRES, NOW, USER_ID, forge, with_claims
from tests.unit.tokens.ledger import Ledger
from tests.unit.tokens.signing_keys import key_set_of
from tests.unit.tokens.verdicts import verify

TOKEN = forge()
OPEN = "/test.Test/unary_open"


class Clock:
    """Wall-clock seconds that a test sets."""

    now = float(NOW)

    def __call__(self) -> float:
        """Now."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def callers() -> list[AccessClaims | None]:
    """Whom the servicer saw."""
    return []


@pytest.fixture
def server(clock: Clock, callers: list[AccessClaims | None]) -> Iterator[Running]:
    def behaviour(_request: Any, context: Any) -> GetUserResponse:
        callers.append(caller_if_known(context))
        return GetUserResponse()

    def stream(_request: Any, context: Any) -> Iterator[GetUserResponse]:
        callers.append(caller(context))
        yield GetUserResponse()

    authentication = Authentication(Verifying(), clock, lambda: 0, frozenset({OPEN}))
    behaviours = {"unary": behaviour, "unary_open": behaviour, "stream": stream, "bidi": stream}
    with serve(behaviours, [ErrorTranslation(), authentication]) as running:
        yield running


def bearer(token: str) -> Metadata:
    return (("authorization", f"Bearer {token}"),)


ACCEPTED: dict[str, Metadata] = {
    "as in the RFC": bearer(TOKEN),
    "lower case": (("authorization", f"bearer {TOKEN}"),),
    "upper case": (("authorization", f"BEARER {TOKEN}"),),
    "given as bytes": (("authorization", f"Bearer {TOKEN}".encode()),),
    "beside others": (("x-other", "1"), *bearer(TOKEN), ("x-other", "2")),
    "beside a binary namesake": (*bearer(TOKEN), ("authorization-bin", b"Bearer x")),
}

REFUSED: dict[str, tuple[Metadata, str]] = {
    "nothing": ((), "TOKEN_MISSING"),
    "only a binary namesake": (
        (("authorization-bin", f"Bearer {TOKEN}".encode()),), "TOKEN_MISSING"
    ),
    "only a proxy's": ((("proxy-authorization", f"Bearer {TOKEN}"),), "TOKEN_MISSING"),
    "a cookie": ((("cookie", f"token={TOKEN}"),), "TOKEN_MISSING"),
    "empty": ((("authorization", ""),), "TOKEN_INVALID"),
    "scheme alone": ((("authorization", "Bearer"),), "TOKEN_INVALID"),
    "scheme and a space": ((("authorization", "Bearer "),), "TOKEN_INVALID"),
    "no scheme": ((("authorization", TOKEN),), "TOKEN_INVALID"),
    "no space": ((("authorization", f"Bearer{TOKEN}"),), "TOKEN_INVALID"),
    "colon": ((("authorization", f"Bearer: {TOKEN}"),), "TOKEN_INVALID"),
    "another scheme": ((("authorization", f"Basic {TOKEN}"),), "TOKEN_INVALID"),
    "longer scheme": ((("authorization", f"BearerX {TOKEN}"),), "TOKEN_INVALID"),
    "two spaces": ((("authorization", f"Bearer  {TOKEN}"),), "TOKEN_INVALID"),
    "space in the token": (bearer(f"{TOKEN[:9]} {TOKEN[9:]}"), "TOKEN_INVALID"),
    "two in one value": (bearer(f"{TOKEN}, Bearer {TOKEN}"), "TOKEN_INVALID"),
    "the same value twice": ((*bearer(TOKEN), *bearer(TOKEN)), "TOKEN_INVALID"),
    "good before bad": ((*bearer(TOKEN), *bearer("x")), "TOKEN_INVALID"),
    "bad before good": ((*bearer("x"), *bearer(TOKEN)), "TOKEN_INVALID"),
    "empty before good": ((("authorization", ""), *bearer(TOKEN)), "TOKEN_INVALID"),
    "junk": (bearer("junk"), "TOKEN_INVALID"),
    "padded": (bearer(f"{TOKEN}="), "TOKEN_INVALID"),
    "9 KiB": (bearer("a" * 9_216), "TOKEN_INVALID"),
    "20 KiB": (bearer("a" * 20_480), "TOKEN_INVALID"),
    "nested deeply": (
        bearer(forge(payload=b'{"a":' + b"[" * 800 + b"]" * 800 + b"}")), "TOKEN_INVALID"
    ),
    "expired": (bearer(with_claims(exp=NOW)), "TOKEN_EXPIRED"),
}  # fmt: skip


@pytest.mark.parametrize("metadata", ACCEPTED.values(), ids=ACCEPTED)
def test_one_bearer_token_names_the_caller(
    server: Running, callers: list[AccessClaims | None], metadata: Metadata
) -> None:
    server.call(metadata=metadata)
    assert [claims and claims.user_id for claims in callers] == [USER_ID]


@pytest.mark.parametrize("kind", ["unary", "stream", "bidi"])
@pytest.mark.parametrize(("metadata", "reason"), REFUSED.values(), ids=REFUSED)
def test_call_without_exactly_one_good_token_never_reaches_the_servicer(
    server: Running,
    callers: list[AccessClaims | None],
    kind: str,
    metadata: Metadata,
    reason: str,
) -> None:
    refusal = server.refused(kind, metadata=metadata)
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.UNAUTHENTICATED, reason)
    assert TOKEN not in refusal.everything
    assert callers == []


@pytest.mark.parametrize("metadata", [(), bearer("junk")], ids=["nothing", "junk"])
def test_open_method_looks_at_no_token(
    server: Running, callers: list[AccessClaims | None], metadata: Metadata
) -> None:
    server.call("unary_open", metadata=metadata)
    assert callers == [None]


def test_moment_is_taken_anew_for_each_call(server: Running, clock: Clock) -> None:
    server.call(metadata=bearer(TOKEN))
    clock.now = EXPIRES
    assert server.refused(metadata=bearer(TOKEN)).reason == "TOKEN_EXPIRED"


def test_revoked_token_and_silent_store_are_told_apart(clock: Clock) -> None:
    ledger = Ledger()
    check = RevocationCheck(ledger, ledger, longest_life_seconds=None, timeout_seconds=1.0)
    verifier = RememberingVerifier(
        Verifier(TokenPolicy()), KeyRing(key_set_of("HS256")), check, monotonic=time.monotonic
    )
    chain = [ErrorTranslation(), Authentication(verifier, clock, lambda: 0)]
    with serve({"unary": lambda _request, _context: GetUserResponse()}, chain) as running:
        ledger.is_down = True
        down = running.refused(metadata=bearer(TOKEN))
        ledger.is_down = False
        running.call(metadata=bearer(TOKEN))
        claims = verify(TOKEN)
        ledger.revoke_tokens(USER_ID, claims.revocation_keys, Deadline(9), keep_seconds=None)
        ledger.catch_up()
        revoked = running.refused(metadata=bearer(TOKEN))
    assert (down.code, down.reason) == (grpc.StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE")
    assert (revoked.code, revoked.reason) == (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_REVOKED")


def test_token_that_is_revoked_while_its_answer_is_made_slowly_is_refused(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authentication, "LOOK_AGAIN_SECONDS", -1)  # any call is a slow one
    ledger = Ledger()
    check = RevocationCheck(ledger, ledger, longest_life_seconds=None, timeout_seconds=1.0)
    verifier = RememberingVerifier(
        Verifier(TokenPolicy()), KeyRing(key_set_of("HS256")), check, monotonic=time.monotonic
    )

    def behaviour(_request: Any, context: Any) -> GetUserResponse:
        claims = caller(context)
        ledger.revoke_tokens(USER_ID, claims.revocation_keys, Deadline(9), keep_seconds=None)
        ledger.catch_up()
        return GetUserResponse()

    chain = [ErrorTranslation(), Authentication(verifier, clock, lambda: 0)]
    with serve({"unary": behaviour}, chain) as running:
        assert running.refused(metadata=bearer(TOKEN)).reason == "TOKEN_REVOKED"


def test_token_that_was_looked_at_slowly_is_looked_at_again(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = itertools.count(0.0, authentication.LOOK_AGAIN_SECONDS + 0.001)
    monkeypatch.setattr(authentication, "now", lambda: next(moments))
    looks: list[str] = []

    class Looking(Verifying):
        def verify(self, token: str, *, now: float, lifetime: CallLifetime) -> AccessClaims:
            looks.append(token)
            return super().verify(token, now=now, lifetime=lifetime)

    chain = [ErrorTranslation(), Authentication(Looking(), clock, lambda: 0)]
    with serve({"unary": lambda _request, _context: GetUserResponse()}, chain) as running:
        running.call(metadata=bearer(TOKEN))
    assert looks == [TOKEN, TOKEN]


def test_place_is_taken_before_the_token_is_looked_at(clock: Clock) -> None:
    places: list[int] = []
    here = [7]

    class Later(Verifying):
        """While it looks, the feed goes on."""

        def verify(self, token: str, *, now: float, lifetime: CallLifetime) -> AccessClaims:
            here[0] += 1
            return super().verify(token, now=now, lifetime=lifetime)

    def behaviour(_request: Any, context: Any) -> GetUserResponse:
        places.append(known_place(context))
        return GetUserResponse()

    chain = [ErrorTranslation(), Authentication(Later(), clock, lambda: here[0])]
    with serve({"unary": behaviour}, chain) as running:
        running.call(metadata=bearer(TOKEN))
    assert places == [7]


def test_open_methods_are_those_of_the_contract() -> None:
    ours = {name for name in OPEN_METHODS if name.startswith("/getme.")}
    assert ours == {
        "/getme.v1.UserService/GetUser",
        "/getme.v1.UserService/BatchGetUsers",
        "/getme.v1.UserService/WatchInvalidations",
        "/getme.v1.AuthService/Register",
        "/getme.v1.AuthService/Login",
        "/getme.v1.AuthService/Refresh",
        "/getme.v1.AuthService/GetPublicKeys",
    }
    assert all(
        name.startswith(("/grpc.health.v1.Health/", "/grpc.reflection."))
        for name in OPEN_METHODS - ours
    )
