"""The list of one's sessions over REST, and how they are ended from it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from tests.integration.rest_accounts.rest_people import (
    SESSIONS,
    Refusal,
    RestSystem,
    SignedIn,
    refusal,
)

KEYS = ["session_id", "created", "last_used", "expires", "address", "user_agent", "current"]
NOT_FOUND = Refusal(404, "SESSION_NOT_FOUND")
REVOKED = Refusal(401, "TOKEN_REVOKED")
IDLE = timedelta(days=30)
BROWSER = "Mozilla/5.0 (X11; Linux x86_64)"


def moment(text: str) -> datetime:
    """With no more digits than a datetime has."""
    return datetime.fromisoformat(text.rstrip("Z")[:26]).replace(tzinfo=UTC)


def test_a_user_sees_when_and_where_each_session_began(rest: RestSystem, ada: SignedIn) -> None:
    began = datetime.now(UTC)
    headers = {"user-agent": BROWSER, "x-forwarded-for": "203.0.113.9"}
    other = rest.login(ada.email, headers=headers).json()
    answer = rest.http.get(SESSIONS, headers=ada.headers)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert list(answer.json()) == ["sessions"]
    newest, oldest = answer.json()["sessions"]
    assert list(newest) == list(oldest) == KEYS
    assert (newest["address"], newest["user_agent"]) == ("203.0.113.9", BROWSER)
    assert (newest["current"], oldest["current"]) == (False, True)
    assert str(UUID(newest["session_id"])) == newest["session_id"]
    assert began <= moment(newest["created"]) == moment(newest["last_used"]) <= datetime.now(UTC)
    assert abs(moment(newest["expires"]) - moment(newest["last_used"]) - IDLE) < timedelta(
        seconds=1
    )
    rest.refresh(other["refresh_token"])
    used = rest.http.get(SESSIONS, headers=ada.headers).json()["sessions"][0]
    assert used["session_id"] == newest["session_id"]
    assert moment(used["last_used"]) > moment(used["created"]) == moment(newest["created"])


def test_a_user_ends_one_session_and_the_other_goes_on(rest: RestSystem, ada: SignedIn) -> None:
    other = rest.sign_in(ada.email)
    newest = rest.http.get(SESSIONS, headers=ada.headers).json()["sessions"][0]["session_id"]
    answer = rest.http.delete(f"{SESSIONS}/{newest}", headers=ada.headers)
    assert (answer.status_code, answer.content) == (204, b"")
    assert refusal(rest.me(other)) == REVOKED
    assert refusal(rest.refresh(other.refresh_token)) == REVOKED
    assert rest.me(ada).status_code == 200
    assert refusal(rest.http.delete(f"{SESSIONS}/{newest}", headers=ada.headers)) == NOT_FOUND
    left = rest.http.get(SESSIONS, headers=ada.headers).json()["sessions"]
    assert [session["current"] for session in left] == [True]


def test_nobody_ends_or_finds_the_session_of_another(rest: RestSystem, ada: SignedIn) -> None:
    own = rest.http.get(SESSIONS, headers=ada.headers).json()["sessions"][0]["session_id"]
    eve = rest.new_user()
    assert refusal(rest.http.delete(f"{SESSIONS}/{own}", headers=eve.headers)) == NOT_FOUND
    assert rest.me(ada).status_code == 200


def test_what_is_no_session_id_is_named(rest: RestSystem, ada: SignedIn) -> None:
    for given in ("1", "current", "%20", "00000000-0000-4000-8000-00000000000g"):
        answer = rest.http.delete(f"{SESSIONS}/{given}", headers=ada.headers)
        assert refusal(answer) == Refusal(400, "INVALID_FIELD", frozenset({"session_id"}))


def test_a_user_ends_all_sessions(rest: RestSystem, ada: SignedIn) -> None:
    other = rest.sign_in(ada.email)
    answer = rest.http.delete(SESSIONS, headers=ada.headers)
    assert (answer.status_code, answer.content) == (204, b"")
    assert {refusal(rest.me(session)) for session in (ada, other)} == {REVOKED}
    assert refusal(rest.refresh(other.refresh_token)) == REVOKED
    later = rest.sign_in(ada.email)
    assert rest.me(later).status_code == 200
