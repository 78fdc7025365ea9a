"""What users change about themselves over REST: names, password, and that they are there at all."""

from typing import Any

import pytest

from tests.accounts import PASSWORD
from tests.integration.rest_accounts.rest_people import (
    CHANGE_PASSWORD,
    ME,
    USERS,
    Refusal,
    RestSystem,
    SignedIn,
    refusal,
)

NEW_PASSWORD = "quite another secret of hers"
WRONG = Refusal(401, "BAD_CREDENTIALS")
CHANGED = Refusal(412, "ETAG_MISMATCH")
REVOKED = Refusal(401, "TOKEN_REVOKED")


def invalid(*fields: str) -> Refusal:
    return Refusal(400, "INVALID_FIELD", frozenset(fields))


def test_a_user_changes_both_names_or_one(rest: RestSystem, ada: SignedIn) -> None:
    before = rest.me(ada).json()
    answer = rest.update(ada, {"firstname": " Grace ", "lastname": "Hopper"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert list(answer.json().items()) == list(
        (before | {"firstname": "Grace", "lastname": "Hopper"}).items()
    )
    now = rest.me(ada)
    assert (now.json(), now.headers["etag"]) == (answer.json(), answer.headers["etag"])
    assert rest.update(ada, {"lastName": "H"}).json() == answer.json() | {"lastname": "H"}


@pytest.mark.parametrize(
    "forbidden",
    [
        {"email": "eve@example.org"},
        {"account_status": "moderator", "accountStatus": "moderator"},
        {"userId": "00000000-0000-4000-8000-000000000001", "user_id": "x"},
        {"created_date": None, "createdDate": "2020-01-01T00:00:00Z"},
        {"roles": ["moderator"], "password": "x", "account_locked": False},
        {"update_mask": "email", "updateMask": "account_status"},
        {"expected_etag": "x", "expectedEtag": "y", "etag": "z"},
        {"__proto__": {"firstname": "Eve"}, "constructor": 1, "@type": "x"},
    ],
    ids=lambda members: next(iter(members)),
)
def test_other_members_are_ignored_and_never_applied(
    rest: RestSystem, ada: SignedIn, forbidden: dict[str, Any]
) -> None:
    before = rest.me(ada).json()
    answer = rest.update(ada, {"firstname": "Grace", **forbidden})
    assert answer.json() == before | {"firstname": "Grace"}
    again = rest.update(ada, forbidden)
    assert (again.status_code, again.json()) == (200, answer.json())
    assert rest.me(ada).json() == answer.json()


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"firstname": ""}, ["firstname"]),
        ({"firstname": " ", "lastname": "x" * 51}, ["firstname", "lastname"]),
        ({"firstname": "a\nb"}, ["firstname"]),
        ({"lastname": 7}, ["lastname"]),
        ({"lastname": "x" * 1_025}, ["lastname"]),
    ],
    ids=["empty", "both", "control character", "number", "very long"],
)
def test_a_name_that_is_none_changes_nothing(
    rest: RestSystem, ada: SignedIn, changes: dict[str, Any], fields: list[str]
) -> None:
    before = rest.me(ada).json()
    assert refusal(rest.update(ada, {"firstname": "Grace"} | changes)) == invalid(*fields)
    assert rest.me(ada).json() == before


def test_a_change_is_made_only_of_the_version_that_was_seen(
    rest: RestSystem, ada: SignedIn
) -> None:
    seen = rest.me(ada).headers["etag"]
    first = rest.update(ada, {"firstname": "Grace"}, if_match=seen)
    assert first.status_code == 200
    for stale in (seen, f"W/{first.headers['etag']}", '"x"', '""'):
        assert refusal(rest.update(ada, {"firstname": "Eve"}, if_match=stale)) == CHANGED
    assert rest.me(ada).json()["firstname"] == "Grace"
    assert rest.update(ada, {"firstname": "Ida"}, if_match="*").status_code == 200
    assert rest.update(ada, {"firstname": "Una"}).status_code == 200
    for unreadable in ("x", '"a", "b"', "*, *", '"a'):
        assert refusal(rest.update(ada, {}, if_match=unreadable)) == invalid("if-match")


def test_nobody_without_a_token_is_told_about_versions(rest: RestSystem) -> None:
    answer = rest.http.put(ME, json={}, headers={"if-match": '"x"'})
    assert refusal(answer) == Refusal(401, "TOKEN_MISSING")


def test_a_new_password_ends_all_other_sessions(rest: RestSystem, ada: SignedIn) -> None:
    other = rest.sign_in(ada.email)
    answer = rest.change_password(ada, PASSWORD, NEW_PASSWORD)
    assert (answer.status_code, answer.content) == (204, b"")
    assert refusal(rest.me(other)) == REVOKED
    assert refusal(rest.refresh(other.refresh_token)) == REVOKED
    assert rest.me(ada).status_code == 200
    assert rest.refresh(ada.refresh_token).status_code == 200
    assert refusal(rest.login(ada.email, PASSWORD)) == WRONG
    assert rest.login(ada.email, NEW_PASSWORD).status_code == 200


@pytest.mark.parametrize(
    ("passwords", "refused"),
    [
        ({"old_password": "a wrong one", "new_password": NEW_PASSWORD}, WRONG),
        ({"oldPassword": "a wrong one", "newPassword": NEW_PASSWORD}, WRONG),
        ({"old_password": PASSWORD, "new_password": "short"}, invalid("new_password")),
        ({"old_password": PASSWORD, "new_password": "password1"}, invalid("new_password")),
        ({"old_password": PASSWORD}, invalid("new_password")),
        ({"new_password": NEW_PASSWORD}, invalid("old_password")),
        ({"old_password": 1, "new_password": []}, invalid("old_password", "new_password")),
        ({}, invalid("old_password", "new_password")),
    ],
    ids=["wrong", "wrong in camel", "short", "common", "no new", "no old", "types", "nothing"],
)
def test_a_password_that_is_not_changed_stays(
    rest: RestSystem, ada: SignedIn, passwords: dict[str, Any], refused: Refusal
) -> None:
    answer = rest.http.post(CHANGE_PASSWORD, json=passwords, headers=ada.headers)
    assert refusal(answer) == refused
    assert rest.login(ada.email, PASSWORD).status_code == 200


def test_a_user_who_leaves_is_gone_at_once_and_the_address_is_free(
    rest: RestSystem, ada: SignedIn
) -> None:
    other = rest.sign_in(ada.email)
    answer = rest.delete_me(ada)
    assert (answer.status_code, answer.content) == (204, b"")
    for session in (ada, other):
        assert refusal(rest.me(session)) == Refusal(401, "TOKEN_INVALID")
        assert rest.refresh(session.refresh_token).status_code == 401
    assert refusal(rest.login(ada.email)) == WRONG
    unknown = Refusal(404, "USER_NOT_FOUND")
    assert refusal(rest.http.get(f"{USERS}/{ada.user_id}")) == unknown
    assert rest.http.get(f"{USERS}?ids={ada.user_id}").json() == {"users": []}
    again = rest.register(ada.email)
    assert again.status_code == 201
    assert again.json()["userId"] != ada.user_id
    assert refusal(rest.me(ada)) == Refusal(401, "TOKEN_INVALID")


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ({"password": "a wrong one"}, WRONG),
        ({"password": ""}, invalid("password")),
        ({"password": None}, invalid("password")),
        (None, invalid("password")),
    ],
    ids=["wrong", "empty", "null", "no body"],
)
def test_nobody_is_removed_without_the_password(
    rest: RestSystem, ada: SignedIn, body: dict[str, Any] | None, refused: Refusal
) -> None:
    answer = rest.http.request("DELETE", ME, headers=ada.headers, json=body)
    assert refusal(answer) == refused
    assert rest.me(ada).status_code == 200
