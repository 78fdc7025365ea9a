"""`user` as an operator types it: taking tokens back, making a user, and looking at one."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from uuid import UUID, uuid4

import pytest

import getme
from getme_server.accounts.account import Account
from tests.integration.token_answers import answer, is_revoked_soon
from tests.people import ADA, LOCKED_OUT, MODERATOR, NOBODY, TIMELESS, UNICODE
from tests.servers.programs import run_command, start_server
from tests.tokens import token_for

USER = ["getme-server", "user"]
REVOKE = [*USER, "revoke-tokens"]
NEW = ["--email", "new@example.org", "--firstname", "Zoë", "--lastname", "O'Hara"]
Command = Callable[..., CompletedProcess[str]]
MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z"


def test_all_tokens_of_a_user_until_now_are_refused_and_no_others(
    tmp_path: Path, people_database: str
) -> None:
    settings = {"GETME_STORE": people_database}
    earlier = time.time() - 1
    old = [token_for(ADA.user_id, iat=earlier, jti=str(number)) for number in range(3)]
    others = token_for(MODERATOR.user_id, iat=earlier)
    with start_server(tmp_path, settings) as server, getme.Client(server.address) as client:
        assert [answer(client, token) for token in old] == [None] * 3
        told = run_command([*REVOKE, str(ADA.user_id)], tmp_path, settings)
        assert (told.returncode, told.stderr) == (0, "")
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


def test_with_a_longest_life_the_revocation_is_kept_for_so_long(
    tmp_path: Path, people_database: str
) -> None:
    settings = {"GETME_STORE": people_database, "GETME_TOKEN_MAX_TTL": "1h"}
    told = run_command([*REVOKE, str(ADA.user_id)], tmp_path, settings)
    assert told.returncode == 0
    assert re.search(rf"kept until {MOMENT}: GETME_TOKEN_MAX_TTL \(1 hour\) and a day", told.stdout)
    assert told.stdout.endswith("a token without iat counts as issued 1 hour before it expires\n")


def test_user_who_is_not_there_is_revoked_only_by_force(
    tmp_path: Path, people_database: str
) -> None:
    settings = {"GETME_STORE": people_database}
    told = run_command([*REVOKE, str(NOBODY)], tmp_path, settings)
    assert (told.returncode, told.stdout) == (1, "")
    assert len(told.stderr.splitlines()) == 1
    assert str(NOBODY) in told.stderr
    assert "--force" in told.stderr
    forced = run_command([*REVOKE, str(NOBODY), "--force"], tmp_path, settings)
    assert forced.returncode == 0
    explained = run_command(
        ["getme-server", "token", "explain", token_for(NOBODY, "viewer")], tmp_path, settings
    )
    assert explained.stdout.splitlines()[-1].startswith("REFUSED: TOKEN_REVOKED")


FAULTS = {
    "a name": (["ada"], {}, 2, "UUID"),
    "no ID": ([], {}, 2, "ID"),
    "no store": ([str(ADA.user_id)], {"GETME_STORE": "sqlite:///none.db"}, 1, "none.db"),
}


@pytest.mark.parametrize(("arguments", "settings", "code", "words"), FAULTS.values(), ids=FAULTS)
def test_fault_is_told_without_a_traceback(
    tmp_path: Path, arguments: list[str], settings: dict[str, str], code: int, words: str
) -> None:
    told = run_command([*REVOKE, *arguments], tmp_path, settings)
    assert (told.returncode, told.stdout) == (code, "")
    assert words in told.stderr
    assert "Traceback" not in told.stderr


@pytest.fixture
def create(tmp_path: Path, people_database: str) -> Command:
    """`user create` on a store with `tests.people` in it."""
    settings = {"GETME_STORE": people_database}
    return lambda *options: run_command([*USER, "create", *options], tmp_path, settings)


@pytest.fixture
def show(tmp_path: Path, people_database: str) -> Command:
    """`user show` on the same."""
    settings = {"GETME_STORE": people_database}
    return lambda *options: run_command([*USER, "show", *options], tmp_path, settings)


def test_new_user_is_active_and_its_id_stands_alone_on_standard_output(
    create: Command, show: Command
) -> None:
    before = time.time()
    made = create(*NEW)
    assert (made.returncode, made.stderr) == (0, "")
    user_id = str(UUID(made.stdout.removesuffix("\n")))
    shown = json.loads(show(user_id, "--json").stdout)
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


def test_new_user_is_answered_by_a_running_server(
    tmp_path: Path, people_database: str, create: Command
) -> None:
    with (
        start_server(tmp_path, {"GETME_STORE": people_database}) as server,
        getme.Client(server.address) as client,
    ):
        user_id = UUID(create(*NEW).stdout.strip())
        assert client.get_me(token_for(user_id)).firstname == "Zoë"


def test_taken_address_is_told_in_a_line(create: Command, show: Command) -> None:
    again = create("--email", ADA.email, "--firstname", "Eve", "--lastname", "Example")
    assert (again.returncode, again.stdout) == (1, "")
    (line,) = again.stderr.splitlines()
    assert "belongs to an account already" in line
    assert f"userId: {ADA.user_id}\nfirstname: Ada\n" in show(ADA.email).stdout


def test_same_command_with_the_same_id_may_be_run_again(create: Command, show: Command) -> None:
    user_id = str(uuid4())
    outputs = [create(*NEW, "--id", user_id) for _ in range(2)]
    assert [(one.returncode, one.stdout) for one in outputs] == [(0, f"{user_id}\n")] * 2
    assert show("new@example.org").stdout.startswith(f"userId: {user_id}\n")


def test_id_of_another_user_is_told_in_a_line(create: Command, show: Command) -> None:
    refused = create(*NEW, "--id", str(ADA.user_id))
    assert (refused.returncode, refused.stdout) == (1, "")
    (line,) = refused.stderr.splitlines()
    assert f"{ADA.user_id} belongs to an account with another e-mail address" in line
    assert show("new@example.org").returncode == 1


def test_status_that_is_not_known_is_kept_only_by_force(create: Command, show: Command) -> None:
    refused = create(*NEW, "--status", "gold")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "--force" in refused.stderr
    assert create(*NEW, "--status", "gold", "--force").returncode == 0
    assert "account_status: gold\n" in show("new@example.org").stdout


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
    assert (refused.returncode, refused.stdout) == (2, "")
    assert option in refused.stderr
    assert words in refused.stderr
    assert "Traceback" not in refused.stderr


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
    by_id, by_email = show(str(person.user_id)), show(person.email)
    assert (by_id.returncode, by_id.stderr) == (0, "")
    assert by_id.stdout == by_email.stdout
    assert set(lines) <= set(by_id.stdout.splitlines())
    assert len(by_id.stdout.splitlines()) == 8
    assert "unusable" not in by_id.stdout


@pytest.mark.parametrize("user", [str(NOBODY), "nobody@example.org", "\udcff@example.org"])
def test_user_who_is_not_there_is_told_in_a_line(show: Command, user: str) -> None:
    told = show(user)
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr == "getme-server: the store has no such user\n"
