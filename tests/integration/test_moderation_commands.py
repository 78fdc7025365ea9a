"""`user suspend` and its like as an operator types them: what they say, and from when it counts."""

import os
import pty
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import grpc
import pytest

import getme
from getme.v1.auth_service_pb2 import LoginResponse, RegisterResponse
from getme_server.accounts.account import Account
from tests.accounts import CHEAP_ACCOUNTS, People, Refused, new_email
from tests.integration.token_answers import answer, is_revoked_soon
from tests.integration.typed_commands import Told, typed
from tests.people import ADA, CREATOR, EMPTY, LOCKED_OUT, MODERATOR, NOBODY, SUSPENDED
from tests.servers.programs import BIN, environment, start_server
from tests.tokens import token_for
from tests.waiting import until

PROMISE_SECONDS = 1.0
NEW_PASSWORD = "another horse and its staple"
EVERYTHING_BEFORE = "every server refuses within a second what was issued before"
Command = Callable[..., Told]


@pytest.fixture
def settings(people_database: str) -> dict[str, str]:
    """Those of a store with `tests.people` in it."""
    return {"GETME_STORE": people_database} | CHEAP_ACCOUNTS


@pytest.fixture
def user(settings: dict[str, str]) -> Command:
    """`getme-server user`."""
    return lambda *arguments, **more: typed(settings, "user", *arguments, **more)


def field(user: Command, person: str, name: str) -> str:
    """What the store holds of a person."""
    lines = user("show", person).output.splitlines()
    return next(line.partition(": ")[2] for line in lines if line.startswith(f"{name}:"))


STATUS_CHANGES = {
    "suspend": (ADA, ["suspend"], "suspended", "every call is refused within a second"),
    "activate": (SUSPENDED, ["activate"], "active", EVERYTHING_BEFORE),
    "make a moderator": (
        ADA,
        ["set-status", "moderator"],
        "moderator",
        "counts it within a second",
    ),
    "take a role away": (CREATOR, ["set-status", "viewer"], "viewer", EVERYTHING_BEFORE),
    "ban": (CREATOR, ["set-status", "banned"], "banned", "every call is refused within a second"),
}


@pytest.mark.parametrize(
    ("person", "arguments", "status", "from_when"), STATUS_CHANGES.values(), ids=STATUS_CHANGES
)
@pytest.mark.parametrize("by", ["ID", "address"])
def test_status_is_changed_and_one_line_says_from_when(  # noqa: PLR0913  # a row of the table
    user: Command, *, person: Account, arguments: list[str], status: str, from_when: str, by: str
) -> None:
    named = str(person.user_id) if by == "ID" else person.email.upper()
    told = user(arguments[0], named, *arguments[1:])
    assert (told.code, told.errors) == (0, [])
    (line,) = told.output.splitlines()
    said = f'done: user {person.user_id} is "{status}", and was "{person.account_status}"; '
    assert line.startswith(said)
    assert line.endswith(from_when)
    assert field(user, named, "account_status") == status
    (record,) = told.audit
    assert (record["event"], record["by"], record["before"], record["after"]) == (
        "status_changed",
        "operator",
        person.account_status,
        status,
    )


NOTHING_TO_DO = {
    "suspend the suspended": (["suspend", SUSPENDED.email], '"suspended"'),
    "activate the active": (["activate", ADA.email], '"active"'),
    "activate a creator": (["activate", CREATOR.email], '"creator"'),
    "unlock what is not locked": (["unlock", ADA.email], "not locked"),
}


@pytest.mark.parametrize(("arguments", "words"), NOTHING_TO_DO.values(), ids=NOTHING_TO_DO)
def test_nothing_to_do_is_said_and_no_fault(
    user: Command, arguments: list[str], words: str
) -> None:
    told = user(*arguments)
    assert (told.code, told.errors, told.audit) == (0, [], [])
    assert told.output.startswith("nothing to do: ")
    assert words in told.output


LAST_MODERATOR = {
    "suspend": ["suspend"],
    "lock": ["lock"],
    "delete": ["delete", "--yes"],
    "set-status": ["set-status", "active"],
}


@pytest.mark.parametrize("arguments", LAST_MODERATOR.values(), ids=LAST_MODERATOR)
def test_last_moderator_goes_only_by_force(user: Command, arguments: list[str]) -> None:
    command = [arguments[0], MODERATOR.email, *arguments[1:]]
    refused = user(*command)
    assert (refused.code, refused.output, refused.audit) == (1, "", [])
    (line,) = refused.errors
    assert "the last moderator" in line
    assert "--force" in line
    assert field(user, MODERATOR.email, "account_status") == "moderator"
    assert field(user, MODERATOR.email, "account_locked") == "no"
    assert user(*command, "--force").code == 0


REFUSED = {
    "nobody": (["suspend", str(NOBODY)], 1, "no such user"),
    "nobody's address": (["lock", "nobody@example.org"], 1, "no such user"),
    "a name": (["suspend", "ada"], 2, "UUID"),
    "no user": (["activate"], 2, "ID|EMAIL"),
    "an unknown status": (["set-status", ADA.email, "gold"], 2, "must be one of active"),
    "no status": (["set-status", ADA.email], 2, "STATUS"),
    "nothing to lock": (["lock", str(EMPTY.user_id)], 1, "no credentials"),
    "a short password": (["set-password", ADA.email, "--password-stdin"], 1, "8 to 128"),
    "no terminal": (["set-password", ADA.email], 2, "--password-stdin"),
    "a password as an argument": (["set-password", ADA.email, "staple"], 2, "staple"),
    "nobody to delete": (["delete", str(NOBODY), "--yes"], 1, "no such user"),
}


@pytest.mark.parametrize(("arguments", "code", "words"), REFUSED.values(), ids=REFUSED)
def test_refusal_is_told_with_what_would_be_right(
    user: Command, arguments: list[str], code: int, words: str
) -> None:
    told = user(*arguments, piped="short\n")
    assert (told.code, told.output, told.audit) == (code, "", [])
    assert words in "\n".join(told.errors)
    if code == 1:
        assert len(told.errors) == 1


@pytest.mark.parametrize(
    "piped",
    [b"\xff\xfe not UTF-8\n", b"x" * 10_000, b"", b"password\n", b"ada@example.org\n"],
    ids=["no UTF-8", "too long", "nothing", "common", "the address"],
)
def test_bad_password_changes_nothing_and_is_not_printed(user: Command, piped: bytes) -> None:
    told = user("set-password", ADA.email, "--password-stdin", piped=piped)
    assert told.code in (1, 2)
    assert (told.output, told.audit) == ("", [])
    assert told.errors
    assert not any(word in "\n".join(told.errors) for word in ("xxxx", "not UTF-8", ADA.email))


@pytest.mark.parametrize("said", ["n\n", "", "\n"], ids=["no", "nothing", "an empty line"])
def test_who_does_not_say_yes_deletes_nobody(user: Command, said: str) -> None:
    told = user("delete", ADA.email, piped=said)
    assert (told.code, told.audit) == (1, [])
    assert str(ADA.user_id) in "\n".join(told.errors)  # whom the question is about
    assert field(user, ADA.email, "firstname") == "Ada"


@pytest.mark.parametrize(("options", "said"), [((), "y\n"), (("--yes",), "")], ids=["y", "--yes"])
def test_deleted_user_is_gone(user: Command, options: tuple[str, ...], said: str) -> None:
    told = user("delete", ADA.email, *options, piped=said)
    assert told.code == 0
    assert told.output.endswith(
        f"deleted: user {ADA.user_id}; every call is refused within a second\n"
    )
    assert [record["event"] for record in told.audit] == ["deleted"]
    assert user("show", str(ADA.user_id)).code == 1


class Member(NamedTuple):
    """Somebody who is signed in at a running server."""

    people: People
    client: getme.Client
    email: str
    user_id: str
    token: str
    refresh_token: str


@pytest.fixture
def member(tmp_path: Path, settings: dict[str, str]) -> Iterator[Member]:
    email = new_email()
    with (
        start_server(tmp_path, settings) as server,
        grpc.insecure_channel(server.address) as channel,
        getme.Client(server.address) as client,
    ):
        people = People(channel)
        assert isinstance(people.register(email), RegisterResponse)
        signed_in = people.login(email)
        assert isinstance(signed_in, LoginResponse)
        assert answer(client, signed_in.token) is None
        yield Member(
            people,
            client,
            email,
            signed_in.user.user_id,
            signed_in.token,
            signed_in.refresh_token,
        )


def test_suspended_user_is_told_so_within_a_second_and_signs_in_again_later(
    user: Command, member: Member
) -> None:
    user("suspend", member.email)
    until(lambda: answer(member.client, member.token) == "ACCOUNT_SUSPENDED", PROMISE_SECONDS)
    assert answer(member.client, member.token) == "ACCOUNT_SUSPENDED"
    assert member.people.refresh(member.refresh_token) == Refused("ACCOUNT_SUSPENDED")
    assert member.people.login(member.email) == Refused("ACCOUNT_SUSPENDED")
    user("activate", member.email)
    assert is_revoked_soon(member.client, member.token)
    assert member.people.refresh(member.refresh_token) == Refused("TOKEN_REVOKED")
    again = member.people.login(member.email)
    assert isinstance(again, LoginResponse)
    assert answer(member.client, again.token) is None


def test_locked_user_is_out_and_signs_in_again_once_unlocked(user: Command, member: Member) -> None:
    told = user("lock", member.email)
    assert told.output == (
        f"locked: user {member.user_id} cannot sign in from now on; {EVERYTHING_BEFORE}\n"
    )
    assert member.people.login(member.email) == Refused("BAD_CREDENTIALS")
    assert member.people.refresh(member.refresh_token) == Refused("TOKEN_REVOKED")
    assert until(lambda: answer(member.client, member.token) in ("ACCOUNT_LOCKED", "TOKEN_REVOKED"))
    assert user("unlock", member.email).output.startswith("unlocked: ")
    assert isinstance(member.people.login(member.email), LoginResponse)
    assert is_revoked_soon(member.client, member.token)


def test_new_password_signs_in_and_the_old_one_does_not(user: Command, member: Member) -> None:
    piped = f"{NEW_PASSWORD}\r\nwhat follows is not read\n"
    told = user("set-password", member.email, "--password-stdin", piped=piped)
    assert (told.code, told.errors) == (0, [])
    assert told.output.startswith(f"done: user {member.user_id} signs in with it from now on")
    assert [record["event"] for record in told.audit] == ["password_set"]
    assert NEW_PASSWORD not in str(told)
    assert member.people.login(member.email) == Refused("BAD_CREDENTIALS")
    assert isinstance(member.people.login(member.email, NEW_PASSWORD), LoginResponse)
    assert is_revoked_soon(member.client, member.token)


def test_moderator_who_was_made_by_command_may_moderate(user: Command, member: Member) -> None:
    ada = str(ADA.user_id)
    assert member.people.set_status(member.token, ada, "suspended") == Refused("ROLE_REQUIRED")
    user("set-status", member.email, "moderator")
    assert not isinstance(member.people.set_status(member.token, ada, "suspended"), Refused)
    assert answer(member.client, token_for(ADA.user_id)) == "ACCOUNT_SUSPENDED"


def test_password_is_asked_for_twice_at_a_terminal_and_not_shown(
    settings: dict[str, str], tmp_path: Path, user: Command
) -> None:
    ours, theirs = pty.openpty()
    command = [str(BIN / "getme-server"), "user", "set-password", LOCKED_OUT.email]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env=environment(settings),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        shown = b""
        for question in (b"Password: ", b"Repeat for confirmation: "):
            while question not in shown:
                shown += os.read(ours, 1_024)
            os.write(ours, f"{NEW_PASSWORD}\n".encode())
        while b"done: user" not in shown:
            shown += os.read(ours, 1_024)
        assert process.wait(30) == 0
    os.close(ours)
    assert NEW_PASSWORD.encode() not in shown
    assert field(user, LOCKED_OUT.email, "account_locked") == "yes"
