"""`user` as an operator types it: taking tokens back, making a user, and looking at one."""

import json
import re
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

import grpc
import pytest

import getme
from getme.v1.auth_service_pb2 import LoginResponse
from getme_server.accounts.account import Account
from tests.accounts import CHEAP_ACCOUNTS, People, Refused
from tests.integration.token_answers import answer, is_revoked_soon
from tests.integration.typed_commands import Told, typed
from tests.people import ADA, LOCKED_OUT, MODERATOR, NOBODY, TIMELESS, UNICODE
from tests.servers.programs import SECRET, run_command, start_server
from tests.tokens import token_for

REVOKE = ["user", "revoke-tokens"]
NEW = ["--email", "new@example.org", "--firstname", "Zoë", "--lastname", "O'Hara"]
PASSWORD = "correct horse battery staple"
Command = Callable[..., Told]
MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z"


@pytest.fixture
def settings(people_database: str) -> dict[str, str]:
    """Those of a store with `tests.people` in it."""
    return {"GETME_STORE": people_database} | CHEAP_ACCOUNTS


@pytest.fixture
def create(settings: dict[str, str]) -> Command:
    """`user create`."""
    return lambda *options, **more: typed(settings, "user", "create", *options, **more)


@pytest.fixture
def show(settings: dict[str, str]) -> Command:
    """`user show`."""
    return lambda *options: typed(settings, "user", "show", *options)


@pytest.fixture
def revoke(settings: dict[str, str]) -> Command:
    """`user revoke-tokens`."""
    return lambda *options, **more: typed(settings | more, *REVOKE, *options)


def test_all_tokens_of_a_user_until_now_are_refused_and_no_others(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    earlier = time.time() - 1
    old = [token_for(ADA.user_id, iat=earlier, jti=str(number)) for number in range(3)]
    others = token_for(MODERATOR.user_id, iat=earlier)
    with start_server(tmp_path, settings) as server, getme.Client(server.address) as client:
        assert [answer(client, token) for token in old] == [None] * 3
        told = run_command(["getme-server", *REVOKE, ADA.email], tmp_path, settings)
        assert told.returncode == 0
        assert all(is_revoked_soon(client, token) for token in old)
        assert answer(client, others) is None
        assert answer(client, token_for(ADA.user_id, iat=time.time())) is None
    first, second, third, fourth = told.stdout.splitlines()
    assert re.fullmatch(
        rf"revoked: all tokens of user {ADA.user_id} that were issued before {MOMENT}", first
    )
    assert second == "every server refuses them within a second"
    assert third == "this is kept for ever, because GETME_TOKEN_MAX_TTL is not set"
    assert fourth.startswith("note: a token without iat is refused too, until it expires")
    assert "GETME_TOKEN_MAX_TTL" in fourth
    record = json.loads(told.stderr)
    assert (record["logger"], record["event"], record["by"], record["user_id"]) == (
        "getme.audit",
        "tokens_revoked",
        "operator",
        str(ADA.user_id),
    )
    assert record["request_id"]
    assert ADA.email not in told.stderr


def test_with_a_longest_life_the_revocation_is_kept_for_so_long(revoke: Command) -> None:
    lives = {"GETME_SESSION_MAX_TTL": "1d", "GETME_REFRESH_TTL": "1d"}
    told = revoke(str(ADA.user_id), GETME_TOKEN_MAX_TTL="1h", **lives)
    assert told.code == 0
    until = re.search(rf"kept until ({MOMENT})", told.output)
    assert until is not None
    kept_days = (datetime.fromisoformat(until[1]).timestamp() - time.time()) / 86_400
    assert kept_days == pytest.approx(2 + 1 / 24, abs=0.01)  # a session, its last token, a day
    assert told.output.endswith("a token without iat counts as issued 1 hour before it expires\n")


def test_user_who_is_not_there_is_revoked_only_by_force(
    revoke: Command, settings: dict[str, str]
) -> None:
    told = revoke(str(NOBODY))
    assert (told.code, told.output, told.audit) == (1, "", [])
    (line,) = told.errors
    assert str(NOBODY) in line
    assert "--force" in line
    assert revoke(str(NOBODY), "--force").code == 0
    explained = typed(
        settings | {"GETME_SECRET_KEY": SECRET}, "token", "explain", token_for(NOBODY, "viewer")
    )
    assert explained.output.splitlines()[-1].startswith("REFUSED: TOKEN_REVOKED")


FAULTS = {
    "a name": (["ada"], {}, 2, "UUID"),
    "no ID": ([], {}, 2, "ID"),
    "no store": ([str(ADA.user_id)], {"GETME_STORE": "sqlite:///none.db"}, 1, "none.db"),
}


@pytest.mark.parametrize(("arguments", "settings", "code", "words"), FAULTS.values(), ids=FAULTS)
def test_fault_is_told_without_a_traceback(
    tmp_path: Path, arguments: list[str], settings: dict[str, str], code: int, words: str
) -> None:
    told = run_command(["getme-server", *REVOKE, *arguments], tmp_path, settings)
    assert (told.returncode, told.stdout) == (code, "")
    assert words in told.stderr
    assert "Traceback" not in told.stderr


def test_new_user_is_active_and_its_id_stands_alone_on_standard_output(
    create: Command, show: Command
) -> None:
    before = time.time()
    made = create(*NEW)
    assert (made.code, made.errors) == (0, [])
    assert [record["event"] for record in made.audit] == ["registered"]
    user_id = str(UUID(made.output.removesuffix("\n")))
    shown = json.loads(show(user_id, "--json").output)
    created = shown.pop("created_date")
    assert shown == {
        "userId": user_id,
        "firstname": "Zoë",
        "lastname": "O'Hara",
        "email": "new@example.org",
        "account_status": "active",
        "last_login_date": None,
        "account_locked": False,
    }
    assert re.fullmatch(MOMENT, created)
    assert created >= time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(before))


def test_new_user_signs_in_to_a_running_server_with_the_password_that_was_piped_in(
    tmp_path: Path, settings: dict[str, str], create: Command
) -> None:
    with start_server(tmp_path, settings) as server, grpc.insecure_channel(server.address) as at:
        made = create(*NEW, "--status", "moderator", "--password-stdin", piped=f"{PASSWORD}\n")
        people = People(at)
        signed_in = people.login("New@example.org", PASSWORD)
        assert isinstance(signed_in, LoginResponse)
        assert signed_in.user.user_id == made.output.strip()
        assert isinstance(people.login("new@example.org", f"{PASSWORD}\n"), Refused)


def test_password_that_is_no_good_makes_no_user(create: Command, show: Command) -> None:
    refused = create(*NEW, "--password-stdin", piped="password\n")
    assert (refused.code, refused.output) == (1, "")
    (line,) = refused.errors
    assert "commonest" in line
    assert show("new@example.org").code == 1


def test_taken_address_is_told_in_a_line(create: Command, show: Command) -> None:
    again = create("--email", ADA.email, "--firstname", "Eve", "--lastname", "Example")
    assert (again.code, again.output, again.audit) == (1, "", [])
    (line,) = again.errors
    assert "belongs to an account already" in line
    assert f"userId: {ADA.user_id}\nfirstname: Ada\n" in show(ADA.email).output


def test_same_command_with_the_same_id_may_be_run_again(create: Command, show: Command) -> None:
    user_id = str(uuid4())
    outputs = [create(*NEW, "--id", user_id) for _ in range(2)]
    assert [(one.code, one.output) for one in outputs] == [(0, f"{user_id}\n")] * 2
    assert show("new@example.org").output.startswith(f"userId: {user_id}\n")


def test_id_of_another_user_is_told_in_a_line(create: Command, show: Command) -> None:
    refused = create(*NEW, "--id", str(ADA.user_id))
    assert (refused.code, refused.output) == (1, "")
    (line,) = refused.errors
    assert f"{ADA.user_id} belongs to an account with another e-mail address" in line
    assert show("new@example.org").code == 1


def test_status_that_is_not_known_is_kept_only_by_force(create: Command, show: Command) -> None:
    refused = create(*NEW, "--status", "gold")
    assert (refused.code, refused.output) == (2, "")
    assert "--force" in "\n".join(refused.errors)
    assert create(*NEW, "--status", "gold", "--force").code == 0
    assert "account_status: gold\n" in show("new@example.org").output


WRONG_OPTIONS = {
    "no address": ("--email", "ada", "e-mail"),
    "an empty address": ("--email", "", "e-mail"),
    "an address that is no text": ("--email", "\udcff@example.org", "UTF-8"),
    "an empty name": ("--firstname", "", "1 to 50"),
    "a name of spaces": ("--lastname", "   ", "1 to 50"),
    "a long name": ("--firstname", "x" * 51, "50"),
    "a name with a line end": ("--lastname", "a\nb", "control"),
    "a name that is no text": ("--lastname", "\udcff", "UTF-8"),
    "no ID": ("--id", "ada", "UUID"),
}


@pytest.mark.parametrize(("option", "value", "words"), WRONG_OPTIONS.values(), ids=WRONG_OPTIONS)
def test_option_that_is_wrong_is_told_with_what_would_be_right(
    create: Command, option: str, value: str, words: str
) -> None:
    refused = create(*NEW, option, value)
    assert (refused.code, refused.output) == (2, "")
    errors = "\n".join(refused.errors)
    assert option in errors
    assert words in errors


@pytest.mark.parametrize(
    ("person", "lines"),
    [
        pytest.param(
            ADA,
            [
                f"userId: {ADA.user_id}",
                "firstname: Ada",
                "lastname: Example",
                "email: ada@example.org",
                "account_status: active",
                "created_date: 2025-04-30T08:00:00.123Z",
                "last_login_date: 2025-10-31T10:30:00Z",
                "account_locked: no",
            ],
            id="all",
        ),
        pytest.param(UNICODE, ["firstname: Zoë 😀"], id="beyond ASCII"),
        pytest.param(LOCKED_OUT, ["account_locked: yes"], id="locked"),
        pytest.param(
            TIMELESS, ["last_login_date: 4611686018427387904 ms since 1970"], id="beyond all years"
        ),
    ],
)
def test_user_is_shown_by_id_and_by_address(
    show: Command, person: Account, lines: list[str]
) -> None:
    by_id, by_email = show(str(person.user_id)), show(person.email.upper())
    assert (by_id.code, by_id.errors, by_id.audit) == (0, [], [])
    assert by_id.output == by_email.output
    assert set(lines) <= set(by_id.output.splitlines())
    assert len(by_id.output.splitlines()) == 8
    assert "unusable" not in by_id.output


def test_user_is_found_by_any_spelling_and_the_id_stands_alone(settings: dict[str, str]) -> None:
    for spelled in ("ada@example.org", " ADA@Example.ORG ", str(ADA.user_id)):
        told = typed(settings, "user", "find", spelled)
        assert told == (0, f"{ADA.user_id}\n", [], [])


@pytest.mark.parametrize("user", [str(NOBODY), "nobody@example.org", "\udcff@example.org"])
@pytest.mark.parametrize("command", ["show", "find"])
def test_user_who_is_not_there_is_told_in_a_line(
    settings: dict[str, str], command: str, user: str
) -> None:
    told = typed(settings, "user", command, user)
    assert told == (1, "", ["getme-server: there is no such user"], [])
