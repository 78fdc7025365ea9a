"""Moderators over REST: they find and bar users, with a token or a cookie, and nobody else does."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.integration.rest_accounts.rest_people import Refusal, RestSystem, SignedIn, refusal
from tests.tokens import token_for
from tests.waiting import until

FIND = "/api/v1/admin/users/find"
UNKNOWN = "00000000-0000-4000-8000-999999999999"


def status_path(user_id: str) -> str:
    return f"/api/v1/admin/users/{user_id}/account_status"


def find(rest: RestSystem, moderator: SignedIn, **by: Any) -> httpx.Response:
    return rest.http.post(FIND, json=by, headers=moderator.headers)


def set_status(rest: RestSystem, moderator: SignedIn, user_id: str, status: str) -> httpx.Response:
    given = {"account_status": status}
    return rest.http.put(status_path(user_id), json=given, headers=moderator.headers)


@pytest.fixture
def mona(rest: RestSystem) -> SignedIn:
    """A moderator by her stored status, signed in since."""
    user = rest.new_user()
    maker = user._replace(token=token_for(UUID(user.user_id), "moderator"))
    assert set_status(rest, maker, user.user_id, "moderator").status_code == 200
    return rest.sign_in(user.email)


def test_a_moderator_finds_a_user_by_address_and_by_id(
    rest: RestSystem, mona: SignedIn, ada: SignedIn
) -> None:
    by_address, by_id = (
        find(rest, mona, **by) for by in ({"email": ada.email.upper()}, {"user_id": ada.user_id})
    )
    assert by_address.status_code == by_id.status_code == 200
    assert by_address.json() == by_id.json()
    assert by_address.json()["user"]["email"] == ada.email
    assert by_address.json()["credentialsLocked"] is False


def test_a_suspended_user_is_out_at_once_and_back_after_signing_in_again(
    rest: RestSystem, mona: SignedIn, ada: SignedIn
) -> None:
    barred = set_status(rest, mona, ada.user_id, "suspended")
    assert (barred.status_code, barred.json()["account_status"]) == (200, "suspended")
    assert refusal(rest.me(ada)) == (403, "ACCOUNT_SUSPENDED", frozenset())
    assert set_status(rest, mona, ada.user_id, "active").status_code == 200
    assert refusal(rest.me(ada)) == (401, "TOKEN_REVOKED", frozenset())
    assert rest.me(rest.sign_in(ada.email)).status_code == 200


def test_nobody_else_may(rest: RestSystem, mona: SignedIn, ada: SignedIn) -> None:
    for answer in (
        find(rest, ada, email=mona.email),
        find(rest, ada, email="nobody@example.org"),
        set_status(rest, ada, mona.user_id, "suspended"),
        set_status(rest, ada, ada.user_id, "moderator"),
    ):
        assert refusal(answer) == (403, "ROLE_REQUIRED", frozenset())
    assert refusal(rest.http.post(FIND, json={"email": mona.email}))[:2] == (401, "TOKEN_MISSING")


@pytest.mark.parametrize(
    ("by", "told"),
    [
        ({"email": "nobody@example.org"}, Refusal(404, "USER_NOT_FOUND")),
        ({"user_id": UNKNOWN}, Refusal(404, "USER_NOT_FOUND")),
        ({"user_id": "x"}, Refusal(400, "INVALID_FIELD", frozenset({"user_id"}))),
        ({}, Refusal(400, "INVALID_FIELD", frozenset({"by"}))),
    ],
    ids=["unknown address", "unknown ID", "no ID", "no name"],
)
def test_who_is_not_found(
    rest: RestSystem, mona: SignedIn, by: dict[str, str], told: Refusal
) -> None:
    assert refusal(find(rest, mona, **by)) == told


@pytest.mark.parametrize("status", ["", "happy", "ACTIVE"])
def test_a_status_that_there_is_not(
    rest: RestSystem, mona: SignedIn, ada: SignedIn, status: str
) -> None:
    told = refusal(set_status(rest, mona, ada.user_id, status))
    assert told == Refusal(400, "INVALID_FIELD", frozenset({"account_status"}))


def test_with_a_cookie_only_from_the_gateways_own_page(
    rest: RestSystem, mona: SignedIn, ada: SignedIn
) -> None:
    browser = rest.browser()
    assert browser.login(mona.email).status_code == 200
    strange = {"origin": "https://evil.example"}
    status = {"account_status": "suspended"}
    for method, path, body in (
        ("POST", FIND, {"email": ada.email}),
        ("PUT", status_path(ada.user_id), status),
    ):
        assert refusal(browser.ask(method, path, json=body, headers=strange))[:2] == (
            403,
            "ORIGIN_REFUSED",
        )
    assert rest.me(ada).status_code == 200
    assert browser.ask("PUT", status_path(ada.user_id), json=status).status_code == 200
    # Within a second: the gateway had remembered her.
    assert until(lambda: rest.me(ada).status_code == 403)
    assert refusal(rest.me(ada))[1] == "ACCOUNT_SUSPENDED"
