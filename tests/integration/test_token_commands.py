"""`token explain` and `token revoke` as an operator types them, against a real server's answers."""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from jwt.algorithms import ECAlgorithm

import getme
from tests.conftest import NewStore
from tests.integration.token_answers import answer, is_revoked_soon
from tests.people import ADA, LOCKED_OUT, NOBODY, STRANGE, SUSPENDED
from tests.servers.programs import BIN, SECRET, Program, environment, run_command, start_server
from tests.tokens import token_for

TOKEN = ["getme-server", "token"]
EXPLAIN = [*TOKEN, "explain"]
REVOKE = [*TOKEN, "revoke"]


@pytest.fixture
def settings(people_database: str) -> dict[str, str]:
    return {"GETME_STORE": people_database}


@pytest.fixture
def server(tmp_path: Path, settings: dict[str, str]) -> Iterator[Program]:
    with start_server(tmp_path, settings) as server:
        yield server


def piped(
    command: list[str], directory: Path, settings: dict[str, str], given: bytes
) -> subprocess.CompletedProcess[bytes]:
    """A command with bytes on its standard input."""
    return subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=directory,
        env=environment({"GETME_SECRET_KEY": SECRET} | settings),
        capture_output=True,
        check=False,
        timeout=60,
        input=given,
    )


def signature_of(token: str) -> str:
    return token.rpartition(".")[2]


def tokens() -> dict[str, str]:
    good = token_for(ADA.user_id)
    return {
        "good": good,
        "changed": f"{good[:-6]}AAAAAA",
        "expired": token_for(ADA.user_id, exp=int(time.time()) - 60),
        "for others": token_for(ADA.user_id, aud="x"),
        "user gone": token_for(NOBODY, "viewer"),
        "suspended": token_for(SUSPENDED.user_id, "viewer"),
        "locked": token_for(LOCKED_OUT.user_id),
        "no role": token_for(STRANGE.user_id),
        "junk": "junk",
    }


def test_explanation_says_what_a_server_answers(
    tmp_path: Path, server: Program, settings: dict[str, str]
) -> None:
    with getme.Client(server.address) as client:
        for name, token in tokens().items():
            told = run_command([*EXPLAIN, "--json", token], tmp_path, settings)
            explanation = json.loads(told.stdout)
            assert explanation["reason"] == answer(client, token), name
            accepted = explanation["verdict"] == "ACCEPTED"
            assert told.returncode == (0 if accepted else 1), name
            assert told.stderr == ""
            assert signature_of(token) not in told.stdout or name == "junk"


def test_explanation_goes_check_by_check_to_its_verdict(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    token = token_for(SUSPENDED.user_id, "viewer", aud="x", email=SUSPENDED.email, note="\x1b[31m")
    told = piped(EXPLAIN, tmp_path, settings, f"{token}\n".encode())
    text = told.stdout.decode("ascii")
    assert told.returncode == 1
    lines = text.splitlines()
    assert lines[0] == 'header: {"alg": "HS256", "typ": "JWT"}'
    assert json.loads(lines[1].removeprefix("claims: "))["note"] == "\x1b[31m"
    for words in (
        "ok    signature: signed with secret 1 of 1 (HS256)",
        "FAIL  audience: its aud does not name the configured audience",
        '      its aud is "x": set GETME_AUDIENCE to it, or have it issued without aud',
        "ok    subject: sub is the user " + str(SUSPENDED.user_id),
        "ok    revocation: neither it nor all tokens of its user were revoked",
        "FAIL  account_status: this account is suspended",
        f"getme-server user activate {SUSPENDED.user_id}",
        "ok    effective roles: viewer",
    ):
        assert words in text
    assert lines[-1] == "REFUSED: TOKEN_INVALID (the token is not valid)"
    assert all(line.isprintable() for line in lines)
    assert SUSPENDED.email not in text
    assert signature_of(token) not in text
    assert SECRET not in text


def test_unproven_claims_are_marked(tmp_path: Path, settings: dict[str, str]) -> None:
    token = jwt.encode({"sub": str(ADA.user_id), "roles": []}, SECRET[::-1], "HS256")
    told = piped(EXPLAIN, tmp_path, settings, token.encode()).stdout.decode()
    assert "claims (UNPROVEN, no key of ours has signed it): {" in told
    assert "FAIL  signature: its signature is not ours" in told
    assert "FAIL  times: its exp is not a number of seconds" in told
    assert "ok    user: the store has this user" in told


GARBAGE = {
    "nothing": b"",
    "ten megabytes": b"." * 10_000_000,
    "binary": bytes(range(256)) * 4,
    "terminal codes": b"\x1b]0;owned\x07\x1b[2J.\x9b31m.\x7f",
    "right to left": "\u202eabc.def.ghi".encode(),
    "empty objects": b"e30.e30.e30",
}


@pytest.mark.parametrize("given", GARBAGE.values(), ids=GARBAGE)
def test_garbage_is_explained_cleanly(
    tmp_path: Path, settings: dict[str, str], given: bytes
) -> None:
    told = piped([*EXPLAIN, "-"], tmp_path, settings, given)
    assert (told.returncode, told.stderr) == (1, b"")
    lines = told.stdout.decode("ascii").splitlines()
    assert lines[-1] == "REFUSED: TOKEN_INVALID (the token is not valid)"
    assert all(line.isprintable() for line in lines)
    assert len(told.stdout) < 10_000


def test_garbage_is_not_revoked(tmp_path: Path, settings: dict[str, str]) -> None:
    told = piped(REVOKE, tmp_path, settings, GARBAGE["terminal codes"])
    assert (told.returncode, told.stdout) == (1, b"")
    assert told.stderr.decode("ascii").rstrip("\n").isprintable()


def test_without_a_store_the_verdict_is_left_open(tmp_path: Path) -> None:
    token = token_for(ADA.user_id)
    told = run_command([*EXPLAIN, token], tmp_path, {"GETME_STORE": "sqlite:///none.db"})
    assert told.returncode == 1
    assert (
        "--    revocation, user, account_status, credentials, effective roles: not" in told.stdout
    )
    assert "there is no database at none.db" in told.stdout
    assert "accepted as far as can be told without the store" in told.stdout.splitlines()[-1]
    forged = f"{token[:-6]}AAAAAA"
    told = run_command([*EXPLAIN, forged], tmp_path, {"GETME_STORE": "sqlite:///none.db"})
    assert told.stdout.splitlines()[-1].startswith("REFUSED: TOKEN_INVALID")


@pytest.mark.parametrize("command", [EXPLAIN, REVOKE], ids=["explain", "revoke"])
def test_without_a_key_a_command_says_which_setting_it_needs(
    tmp_path: Path, command: list[str]
) -> None:
    told = run_command([*command, "x"], tmp_path, {"GETME_SECRET_KEY": ""})
    assert (told.returncode, told.stdout) == (2, "")
    assert "GETME_SECRET_KEY" in told.stderr


def test_tokens_of_the_development_key_are_explained(tmp_path: Path, people_database: str) -> None:
    settings = {"GETME_STORE": people_database, "GETME_SECRET_KEY": ""}
    issue = [*TOKEN, "issue", "--user", str(ADA.user_id), "--dev"]
    token = run_command(issue, tmp_path, settings).stdout.strip()
    told = run_command([*EXPLAIN, "--dev", token], tmp_path, settings)
    assert told.returncode == 0, told.stdout


def test_revoked_token_is_refused_and_others_are_not(
    tmp_path: Path, server: Program, settings: dict[str, str]
) -> None:
    token = token_for(ADA.user_id, jti="stolen", iat=int(time.time()) - 1)
    other = token_for(ADA.user_id, jti="other")
    with getme.Client(server.address) as client:
        assert (answer(client, token), answer(client, other)) == (None, None)
        told = piped(REVOKE, tmp_path, settings, f"{token}\n".encode())
        assert (told.returncode, told.stderr) == (0, b"")
        assert told.stdout.decode().splitlines() == [
            f'revoked: a token with ID "stolen" of user {ADA.user_id}',
            "every server refuses it within a second",
        ]
        assert is_revoked_soon(client, token)
        assert answer(client, other) is None
    told = piped([*EXPLAIN, "--json"], tmp_path, settings, token.encode())
    assert json.loads(told.stdout)["reason"] == "TOKEN_REVOKED"


def test_token_revoked_on_cassandra_is_explained_as_revoked(
    tmp_path: Path, new_store: NewStore
) -> None:
    settings = {"GETME_STORE": new_store("cassandra")}
    token = token_for(NOBODY, "viewer")
    revoked = run_command([*REVOKE, token], tmp_path, settings)
    assert (revoked.returncode, revoked.stderr) == (0, "")
    assert revoked.stdout.startswith(f"revoked: a token with no ID of user {NOBODY}\n")
    told = json.loads(run_command([*EXPLAIN, "--json", token], tmp_path, settings).stdout)
    assert told["reason"] == "TOKEN_REVOKED"


def test_token_that_looks_expired_from_here_is_revoked_for_servers_that_differ(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    token = token_for(ADA.user_id, exp=int(time.time()) - 60)
    patient = settings | {"GETME_TOKEN_LEEWAY": "300s"}
    with start_server(tmp_path, patient) as server, getme.Client(server.address) as client:
        assert answer(client, token) is None
        told = run_command([*REVOKE, token], tmp_path, settings)
        assert told.returncode == 0
        assert "note: seen from here it is refused anyway: " in told.stdout
        assert is_revoked_soon(client, token)


def test_token_that_is_good_later_is_revoked_before(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    token = token_for(ADA.user_id, nbf=int(time.time()) + 300)
    told = run_command([*REVOKE, token], tmp_path, settings)
    assert told.returncode == 0
    assert "note: seen from here it is refused anyway: its nbf is in the future" in told.stdout


NOT_OURS: dict[str, Any] = {
    "junk": "junk",
    "of another secret": jwt.encode(
        {"sub": str(ADA.user_id), "roles": [], "exp": 9_999_999_999}, SECRET[::-1], "HS256"
    ),
    "expired, of another secret": jwt.encode(
        {"sub": str(ADA.user_id), "roles": [], "exp": 1}, SECRET[::-1], "HS256"
    ),
    "without exp": jwt.encode({"sub": str(ADA.user_id), "roles": []}, SECRET, "HS256"),
}


@pytest.mark.parametrize("token", NOT_OURS.values(), ids=NOT_OURS)
def test_token_that_is_not_ours_is_not_revoked(
    tmp_path: Path, settings: dict[str, str], token: str
) -> None:
    told = run_command([*REVOKE, token], tmp_path, settings)
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr.startswith("not revoked, it is no token of ours: ")
    assert len(told.stderr.splitlines()) == 1
    assert signature_of(token) not in told.stderr


def test_token_that_would_live_too_long_is_not_issued(tmp_path: Path) -> None:
    issue = [*TOKEN, "issue", "--user", str(ADA.user_id)]
    settings = {"GETME_TOKEN_MAX_TTL": "1h"}
    told = run_command([*issue, "--ttl", "2h"], tmp_path, settings)
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr.startswith("getme-server: --ttl is 2 hours, more than GETME_TOKEN_MAX_TTL")
    assert len(told.stderr.splitlines()) == 1
    assert run_command([*issue, "--ttl", "1h"], tmp_path, settings).returncode == 0


def test_token_of_a_key_from_the_file_is_issued_and_explained(
    tmp_path: Path, people_database: str
) -> None:
    key = ECAlgorithm.to_jwk(generate_private_key(SECP256R1()), as_dict=True) | {"kid": "spring"}
    file = tmp_path / "keys.json"
    file.touch(0o600)
    file.write_text(json.dumps({"keys": [key]}))
    settings = {
        "GETME_SECRET_KEY": "",
        "GETME_KEYS_FILE": str(file),
        "GETME_STORE": people_database,
    }
    issue = [*TOKEN, "issue", "--user", str(ADA.user_id)]
    token = run_command(issue, tmp_path, settings).stdout.strip()
    assert jwt.get_unverified_header(token)["kid"] == "spring"
    told = run_command([*EXPLAIN, token], tmp_path, settings)
    assert told.returncode == 0, told.stdout
    assert 'signed with key "spring" (ES256)' in told.stdout
    assert key["d"] not in told.stdout
