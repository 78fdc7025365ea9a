"""The command `getme`, as a person types it, against a real server."""

import json
import os
import pty
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest
import trustme

from tests.accounts import CHEAP_ACCOUNTS, PASSWORD, People, Refused, new_email
from tests.conftest import NewStore
from tests.servers.programs import BIN, Program, environment, start_server
from tests.unit.servicers.health_in_test import probed
from tests.waiting import until

GETME = [str(BIN / "getme")]
SECONDS = 60
NOBODY_LISTENS = "127.0.0.1:1"

Typed = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def server(new_store: NewStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A server whose access tokens live for two seconds."""
    settings = CHEAP_ACCOUNTS | {"GETME_STORE": new_store("sqlite"), "GETME_ACCESS_TTL": "2s"}
    with start_server(tmp_path_factory.mktemp("server"), settings) as running:
        yield running


@pytest.fixture(scope="module")
def people(server: Program) -> Iterator[People]:
    with grpc.insecure_channel(server.address) as channel:
        yield People(channel)


@pytest.fixture
def email(people: People) -> str:
    """Of somebody who is registered."""
    address = new_email()
    assert not isinstance(people.register(address), Refused)
    return address


@pytest.fixture
def typed(tmp_path: Path) -> Typed:
    """Runs `getme` for somebody whose state is in an empty folder of its own."""

    def run(*arguments: str, piped: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*GETME, *arguments],
            env=state_in(tmp_path),
            input=piped,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )

    return run


@pytest.fixture
def sign_in(typed: Typed, server: Program, email: str) -> None:
    done = typed(
        "login", "--address", server.address, "--email", email, "--password-stdin", piped=PASSWORD
    )
    assert done.returncode == 0, done.stderr


def state_in(folder: Path) -> dict[str, str]:
    return environment({}) | {"XDG_STATE_HOME": str(folder)}


def session_file(folder: Path) -> Path:
    return folder / "getme" / "session.json"


@pytest.mark.usefixtures("sign_in")
def test_who_has_signed_in_is_told_by_whoami(typed: Typed, email: str) -> None:
    told = typed("whoami")
    assert told.returncode == 0, told.stderr
    assert f"e-mail:  {email}\nstatus:  active\nroles:   viewer\n" in told.stdout
    fields = json.loads(typed("whoami", "--json").stdout)
    assert fields["email"] == email
    assert fields["roles"] == ["viewer"]


@pytest.mark.usefixtures("sign_in")
def test_session_is_its_owners_alone_and_nothing_else_is_kept(tmp_path: Path) -> None:
    file = session_file(tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert list(file.parent.iterdir()) == [file]
    assert PASSWORD not in file.read_text()


@pytest.mark.usefixtures("sign_in")
def test_expired_token_is_refreshed_and_the_new_one_kept(
    typed: Typed, people: People, tmp_path: Path
) -> None:
    first = json.loads(session_file(tmp_path).read_text())
    assert until(lambda: people.get_me(first["token"]) == Refused("TOKEN_EXPIRED"))
    assert typed("whoami").returncode == 0
    second = json.loads(session_file(tmp_path).read_text())
    assert second["refresh_token"] != first["refresh_token"]
    assert typed("whoami").returncode == 0


@pytest.mark.usefixtures("sign_in")
def test_logout_ends_the_session_at_the_server_too(
    typed: Typed, people: People, tmp_path: Path
) -> None:
    session = json.loads(session_file(tmp_path).read_text())
    assert typed("logout").returncode == 0
    assert not session_file(tmp_path).exists()
    assert people.refresh(session["refresh_token"]) == Refused("TOKEN_REVOKED")
    again = typed("whoami")
    assert (again.returncode, again.stderr) == (
        1,
        "getme: not signed in; begin with: getme login\n",
    )


@pytest.mark.usefixtures("sign_in")
def test_session_that_was_ended_elsewhere_is_told_and_can_be_left(
    typed: Typed, people: People, tmp_path: Path
) -> None:
    people.logout(None, json.loads(session_file(tmp_path).read_text())["refresh_token"])
    told = typed("whoami")
    assert told.returncode == 1
    assert told.stderr.endswith("(TOKEN_REVOKED)\n")
    assert typed("logout").returncode == 0


@pytest.mark.usefixtures("sign_in")
def test_file_that_others_can_read_is_refused(typed: Typed, tmp_path: Path) -> None:
    session_file(tmp_path).chmod(0o640)
    told = typed("whoami")
    assert told.returncode == 1
    assert "can be read by others" in told.stderr


def test_broken_file_is_told_in_a_line(typed: Typed, tmp_path: Path) -> None:
    file = session_file(tmp_path)
    file.parent.mkdir()
    file.write_text("{")
    file.chmod(0o600)
    told = typed("whoami")
    assert (told.returncode, told.stderr.count("\n")) == (1, 1)
    assert "is not a session" in told.stderr


def test_wrong_password_is_refused_and_nothing_is_kept(
    typed: Typed, server: Program, email: str, tmp_path: Path
) -> None:
    told = typed(
        "login", "--address", server.address, "--email", email, "--password-stdin", piped="a guess"
    )
    assert told.returncode == 1
    assert told.stderr.endswith("(BAD_CREDENTIALS)\n")
    assert "a guess" not in told.stderr
    assert not session_file(tmp_path).exists()


def test_password_is_asked_for_at_the_terminal_and_not_shown(
    server: Program, email: str, tmp_path: Path
) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*GETME, "login", "--address", server.address],
        env=state_in(tmp_path),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as command:
        os.close(theirs)
        shown = type_at(ours, "E-mail address: ", email)
        shown += type_at(ours, "Password: ", PASSWORD)
        shown += read_until(ours, "signed in as")
        assert command.wait(SECONDS) == 0
    os.close(ours)
    assert email in shown
    assert PASSWORD not in shown


def test_password_is_not_read_where_nobody_can_type(typed: Typed, server: Program) -> None:
    told = typed("login", "--address", server.address, "--email", "ada@example.org")
    assert told.returncode == 1
    assert "--password-stdin" in told.stderr


def test_health_is_for_probes(typed: Typed, server: Program) -> None:
    told = typed("health", "--address", server.address)
    assert (told.returncode, told.stdout) == (0, "SERVING\n")
    assert typed("health", "--address", NOBODY_LISTENS).returncode == 3


def test_a_server_lives_whose_store_is_away(typed: Typed) -> None:
    with probed() as server:
        server.store_is_away()
        assert typed("health", "--address", server.address).returncode == 3
        told = typed("health", "--live", "--address", server.address)
        assert (told.returncode, told.stdout) == (0, "SERVING\n")
    assert typed("health", "--live", "--address", NOBODY_LISTENS).returncode == 3


@pytest.mark.parametrize(
    ("option", "file"),
    [("--ca", "missing.pem"), ("--ca", "words.pem"), ("--cert", "words.pem")],
    ids=["missing roots", "roots that are none", "certificate without key"],
)
def test_file_for_tls_that_cannot_be_used_is_told(
    typed: Typed, tmp_path: Path, option: str, file: str
) -> None:
    (tmp_path / "words.pem").write_text("words")
    told = typed("health", option, str(tmp_path / file))
    assert (told.returncode, told.stderr.count("\n")) == (1, 1)


def test_session_over_tls_stays_over_tls(typed: Typed, new_store: NewStore, tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "roots.pem")
    ours = authority.issue_cert("127.0.0.1")
    ours.private_key_pem.write_to_path(tmp_path / "key.pem")
    for part in ours.cert_chain_pems:
        part.write_to_path(tmp_path / "cert.pem", append=True)
    settings = CHEAP_ACCOUNTS | {
        "GETME_STORE": new_store("sqlite"),
        "GETME_TLS_CERT": str(tmp_path / "cert.pem"),
        "GETME_TLS_KEY": str(tmp_path / "key.pem"),
    }
    roots = tmp_path / "roots.pem"
    credentials = grpc.ssl_channel_credentials(roots.read_bytes())
    with (
        start_server(tmp_path, settings) as server,
        grpc.secure_channel(server.address, credentials) as channel,
    ):
        address = new_email()
        assert not isinstance(People(channel).register(address), Refused)
        at = ("--address", server.address)
        assert typed("health", *at).returncode == 3
        assert typed("health", *at, "--tls").returncode == 3
        assert typed("health", *at, "--ca", str(roots)).stdout == "SERVING\n"
        login = ("login", *at, "--email", address, "--password-stdin", "--ca", str(roots))
        assert typed(*login, piped=PASSWORD).returncode == 0
        assert address in typed("whoami").stdout
        assert typed("logout").returncode == 0


def type_at(terminal: int, question: str, answer: str) -> str:
    shown = read_until(terminal, question)
    os.write(terminal, f"{answer}\n".encode())
    return shown


def read_until(terminal: int, text: str) -> str:
    """What a terminal shows up to a text. An OSError says that the program has ended."""
    shown = ""
    while text not in shown:
        shown += os.read(terminal, 1024).decode()
    return shown
