"""`user revoke-tokens` as an operator types it, against a running server."""

import re
import time
from pathlib import Path

import pytest

import getme
from tests.integration.token_answers import answer, is_revoked_soon
from tests.people import ADA, MODERATOR, NOBODY
from tests.servers.programs import run_command, start_server
from tests.tokens import token_for

REVOKE = ["getme-server", "user", "revoke-tokens"]
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
