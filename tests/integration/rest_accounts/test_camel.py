"""Accounts as KillrVideo's own web front end uses them: camelCase keys, and signed in at once."""

from tests.accounts import PASSWORD
from tests.integration.rest_accounts.rest_people import (
    LOGIN,
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
    assert list(body["user"]) == USER_KEYS
    assert (body["tokenType"], body["expiresIn"]) == ("Bearer", 3_600)
    user = SignedIn(body["userId"], body["email"], body["token"], body["refreshToken"])
    assert camel.me(user).json() == body["user"] | {"roles": ["viewer"]}


def test_a_sign_in_and_a_refresh_answer_camel_case(camel: RestSystem) -> None:
    user = signed_in(camel)
    body = camel.login(user.email).json()
    assert list(body) == ["token", "tokenType", "expiresIn", "refreshToken", "user"]
    assert list(body["user"]) == USER_KEYS
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
    assert browser.ask("GET", ME).json()["firstName"] == "Ada"
