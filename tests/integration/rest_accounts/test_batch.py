"""Many public profiles at once over REST."""

import pytest

from tests.integration.rest_accounts.rest_people import (
    USERS,
    RestSystem,
    SignedIn,
    refusal,
)

NOBODY = "00000000-0000-4000-8000-999999999999"
KEYS = ["userId", "firstname", "lastname", "account_status", "created_date"]
MAX_IDS = 100


def test_profiles_come_in_the_order_asked_without_those_who_are_unknown(
    rest: RestSystem, ada: SignedIn
) -> None:
    other = rest.new_user()
    asked = [other.user_id, NOBODY, ada.user_id]
    answer = rest.http.get(USERS, params={"ids": ",".join(asked)})
    assert answer.status_code == 200
    assert list(answer.json()) == ["users"]
    users = answer.json()["users"]
    assert [user["userId"] for user in users] == [other.user_id, ada.user_id]
    assert [list(user) for user in users] == [KEYS, KEYS]
    assert ada.email not in answer.text
    for each in users:
        assert each == rest.http.get(f"{USERS}/{each['userId']}").json()
    repeated = rest.http.get(USERS, params={"ids": asked})  # ?ids=a&ids=b
    assert repeated.json() == answer.json()


def test_who_is_asked_for_twice_is_answered_twice(rest: RestSystem, ada: SignedIn) -> None:
    answer = rest.http.get(USERS, params={"ids": f"{ada.user_id},{NOBODY},{ada.user_id}"})
    assert [user["userId"] for user in answer.json()["users"]] == [ada.user_id] * 2


def test_nobody_known_is_an_empty_list(rest: RestSystem) -> None:
    answer = rest.http.get(USERS, params={"ids": NOBODY})
    assert (answer.status_code, answer.json()) == (200, {"users": []})


def test_as_many_as_the_contract_says_may_be_asked_for(rest: RestSystem, ada: SignedIn) -> None:
    ids = [NOBODY] * (MAX_IDS - 1) + [ada.user_id]
    answer = rest.http.get(USERS, params={"ids": ",".join(ids)})
    assert [user["userId"] for user in answer.json()["users"]] == [ada.user_id]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?ids=",
        "?ids=,,",
        "?other=1",
        f"?ids={','.join([NOBODY] * (MAX_IDS + 1))}",
        "?ids=ada",
        f"?ids={NOBODY},x",
    ],
    ids=["none", "empty", "commas", "another name", "101", "a name", "one bad"],
)
def test_a_list_that_is_none_is_refused(rest: RestSystem, query: str) -> None:
    answer = rest.http.get(f"{USERS}{query}")
    told = refusal(answer)
    assert (told.status, told.reason) == (400, "INVALID_FIELD")
