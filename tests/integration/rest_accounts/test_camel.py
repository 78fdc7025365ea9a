"""Accounts as KillrVideo's own web front end uses them: camelCase keys, and signed in at once."""

import time
from uuid import UUID

from tests.accounts import PASSWORD
from tests.integration.rest_accounts.rest_people import (
    LOGIN,
    LOGOUT,
    ME,
    REGISTER,
    SESSIONS,
    USERS,
    Refusal,
    RestSystem,
    SignedIn,
    fresh_email,
    refusal,
)
from tests.tokens import token_for

USER_KEYS = [
    "userId",
    "firstName",
    "lastName",
    "email",
    "accountStatus",
    "createdDate",
    "lastLoginDate",
]


def signed_in(camel: RestSystem) -> SignedIn:
    body = camel.register().json()
    return SignedIn(body["userId"], body["email"], body["token"], body["refreshToken"])


def test_a_registration_signs_in_and_answers_token_and_user(camel: RestSystem) -> None:
    given = {
        "firstName": "Ada",
        "lastName": "Example",
        "email": fresh_email(),
        "password": PASSWORD,
    }
    answer = camel.http.post(REGISTER, json=given)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert {key: body[key] for key in ("firstName", "lastName", "email")} == {
        key: given[key] for key in ("firstName", "lastName", "email")
    }
    assert body["user"]["userId"] == body["userId"]
    assert list(body["user"]) == [*USER_KEYS, "roles"]
    assert (body["tokenType"], body["expiresIn"]) == ("Bearer", 3_600)
    user = SignedIn(body["userId"], body["email"], body["token"], body["refreshToken"])
    assert body["user"]["roles"] == ["viewer"]
    assert camel.me(user).json() == body["user"]


def test_a_sign_in_and_a_refresh_answer_camel_case(camel: RestSystem) -> None:
    user = signed_in(camel)
    body = camel.login(user.email).json()
    assert list(body) == ["token", "tokenType", "expiresIn", "refreshToken", "user"]
    assert list(body["user"]) == [*USER_KEYS, "roles"]
    again = camel.http.post(f"{USERS}/refresh", json={"refreshToken": body["refreshToken"]}).json()
    assert list(again) == ["token", "tokenType", "expiresIn", "refreshToken"]
    session = camel.http.get(SESSIONS, headers=user.headers).json()["sessions"][0]
    assert {"sessionId", "lastUsed", "userAgent", "current"} <= set(session)


def test_the_version_of_a_read_is_the_version_of_a_change(camel: RestSystem) -> None:
    user = signed_in(camel)
    seen = camel.me(user).headers["etag"]
    answer = camel.update(user, {"firstName": "Grace"}, if_match=seen)
    assert answer.status_code == 200, answer.text
    assert answer.json()["firstName"] == "Grace"
    assert list(answer.json()) == [*USER_KEYS, "roles"]
    assert answer.headers["etag"] == camel.me(user).headers["etag"] != seen
    stale = camel.update(user, {"firstName": "Eve"}, if_match=seen)
    assert refusal(stale) == Refusal(412, "ETAG_MISMATCH")
    assert camel.update(user, {"lastName": "H"}, if_match="*").status_code == 200


def test_requests_may_use_the_columns_too(camel: RestSystem) -> None:
    user = signed_in(camel)
    assert camel.update(user, {"firstname": "Grace"}).json()["firstName"] == "Grace"
    changed = camel.change_password(user, PASSWORD, "quite another secret of hers")
    assert changed.status_code == 204


def test_profiles_are_in_camel_case(camel: RestSystem) -> None:
    user = signed_in(camel)
    profile = camel.http.get(USERS, params={"ids": user.user_id}).json()["users"][0]
    assert list(profile) == ["userId", "firstName", "lastName", "accountStatus", "createdDate"]


def test_a_browser_gets_no_token_in_the_body(camel: RestSystem) -> None:
    browser = camel.browser()
    given = {
        "firstName": "Ada",
        "lastName": "Example",
        "email": fresh_email(),
        "password": PASSWORD,
    }
    answer = browser.ask("POST", f"{REGISTER}?cookie=true", json=given)
    assert not {"token", "refreshToken"} & set(answer.json())
    again = browser.ask("POST", f"{LOGIN}?cookie=true", json=given)
    assert list(again.json()) == ["tokenType", "expiresIn", "user"]
    assert again.json()["user"]["roles"] == ["viewer"]
    assert browser.ask("GET", ME).json()["firstName"] == "Ada"


def test_who_is_no_longer_signed_in_is_told_so_in_the_one_way_that_signs_a_page_out(
    camel: RestSystem,
) -> None:
    signed_out, deleted = signed_in(camel), signed_in(camel)
    assert camel.http.post(LOGOUT, headers=signed_out.headers).status_code == 204
    assert camel.delete_me(deleted).status_code == 204
    expired = token_for(UUID(signed_in(camel).user_id), "active", exp=int(time.time()) - 1)
    for headers, reason in (
        ({}, "TOKEN_MISSING"),
        (signed_out.headers, "TOKEN_REVOKED"),
        (deleted.headers, "TOKEN_INVALID"),
        ({"authorization": f"Bearer {expired}"}, "TOKEN_EXPIRED"),
    ):
        answer = camel.http.get(ME, headers=headers)
        assert refusal(answer) == Refusal(401, reason)
        assert isinstance(answer.json()["detail"], str)  # what its messages show
