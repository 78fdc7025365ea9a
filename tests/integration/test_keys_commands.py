"""`getme-server keys` as a user types it, and a running server that takes up what it does."""

import json
import os
import stat
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import getme
from tests.integration.test_processes import WORKERS, workers_of
from tests.people import ADA
from tests.servers.programs import BIN, SECRET, Program, run_command, start_server
from tests.unit.key_files.files_in_test import jwk, key_ids, public, write
from tests.waiting import until

KEYS = ["getme-server", "keys"]
ISSUE = ["getme-server", "token", "issue", "--user", str(ADA.user_id)]
FILE = {"GETME_KEYS_FILE": "keys.json"}
NO_SECRET = {"GETME_SECRET_KEY": ""}
PRIVATE_MEMBERS = ('"d"', '"p"', '"q"', '"dp"', '"dq"', '"qi"')


def keys(directory: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return run_command([*KEYS, *arguments], directory, FILE | settings)


def generated(directory: Path, *options: str) -> str:
    """The ID of the key in a new file."""
    made = keys(directory, "generate", *options)
    assert made.returncode == 0, made.stderr
    return key_ids(directory / "keys.json")[0]


def listed(directory: Path) -> list[dict[str, Any]]:
    answer = keys(directory, "list", "--json")
    assert answer.returncode == 0, answer.stderr
    found: list[dict[str, Any]] = json.loads(answer.stdout)
    return found


def told_once(result: subprocess.CompletedProcess[str], exit_code: int, says: str) -> None:
    assert (result.returncode, result.stdout) == (exit_code, ""), result.stderr
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert says in result.stderr


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "EdDSA"])
def test_generated_file_is_private_and_signs(tmp_path: Path, algorithm: str) -> None:
    made = keys(tmp_path, "generate", "--algorithm", algorithm)
    assert made.returncode == 0, made.stderr
    path = tmp_path / "keys.json"
    (key,) = json.loads(path.read_text())["keys"]
    assert f"made keys.json with the key {key['kid']} ({algorithm})" in made.stdout
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert abs(key["signs_from"] - time.time()) < 30
    assert path.read_text().startswith('{\n  "keys": [\n')
    assert key["d"] not in made.stdout
    issued = run_command(ISSUE, tmp_path, FILE | NO_SECRET)
    assert issued.returncode == 0, issued.stderr


def test_a_file_that_is_there_is_not_made_again(tmp_path: Path) -> None:
    before = generated(tmp_path)
    refused = keys(tmp_path, "generate")
    told_once(refused, 1, "keys.json: it exists; add a key with: getme-server keys rotate")
    assert key_ids(tmp_path / "keys.json") == [before]


def test_rotation_is_told_step_by_step_and_only_one_waits_at_a_time(tmp_path: Path) -> None:
    old = generated(tmp_path, "--algorithm", "EdDSA")
    done = run_command([*KEYS, "rotate", "--file", "keys.json"], tmp_path, {})
    assert done.returncode == 0, done.stderr
    _, new = key_ids(tmp_path / "keys.json")
    first, second, third, fourth = done.stdout.splitlines()
    assert first.startswith(f"1. published: key {new} (EdDSA) is in keys.json; servers take it up")
    moment = second.split()[3]
    assert second == f"2. wait: until {moment} everybody can fetch it"
    assert third == f"3. sign: from then on it signs; key {old} goes on verifying"
    assert fourth.startswith("4. retire: after ")
    assert fourth.endswith(f"run: getme-server keys retire {old} --file keys.json")
    waits = 121  # two minutes, after a second in which servers take it up
    signs_from = json.loads((tmp_path / "keys.json").read_text())["keys"][1]["signs_from"]
    assert 0 < signs_from - time.time() <= waits
    told_once(
        keys(tmp_path, "rotate"),
        1,
        f"key {new} is published and waits for its turn to sign until {moment}",
    )
    taken_back = keys(tmp_path, "retire", new)
    assert taken_back.returncode == 0, taken_back.stderr
    assert keys(tmp_path, "rotate", "--wait", "0s", "--algorithm", "ES256").returncode == 0
    assert [(key["algorithm"], key["stage"]) for key in listed(tmp_path)] == [
        ("EdDSA", "verifying only"),
        ("ES256", "signing"),
    ]


def test_list_shows_stages_and_nothing_private(tmp_path: Path) -> None:
    now = time.time()
    old, signing, published = jwk(now - 900), jwk(now - 60, "EdDSA"), jwk(now + 600)
    foreign = public(jwk())
    write(tmp_path / "keys.json", old, signing, published, foreign)
    table = keys(tmp_path, "list")
    assert table.returncode == 0, table.stderr
    rows = [line.split() for line in table.stdout.splitlines()]
    assert rows[0] == ["KEY", "ID", "ALGORITHM", "STAGE", "WHEN", "PRIVATE", "PART"]
    assert rows[1][:4] == [old["kid"], "ES256", "verifying", "only"]
    assert rows[2][:4] == [signing["kid"], "EdDSA", "signing", "since"]
    assert rows[3][:5] == [published["kid"], "ES256", "published", "signs", "from"]
    assert rows[4] == [foreign["kid"], "ES256", "verifying", "only", "-", "no"]
    as_json = keys(tmp_path, "list", "--json").stdout
    shown = table.stdout + as_json
    assert not any(key["d"] in shown for key in (old, signing, published))
    assert not any(member in shown for member in PRIVATE_MEMBERS)
    first, second, _, last = json.loads(as_json)
    assert set(first) == {
        "key_id",
        "algorithm",
        "stage",
        "signs_from",
        "signed_until",
        "private_part",
    }
    assert first["signed_until"] == second["signs_from"]
    assert (last["signs_from"], last["private_part"]) == (None, False)


def test_keys_are_retired_when_their_last_token_has_expired(tmp_path: Path) -> None:
    now = time.time()
    path = write(tmp_path / "keys.json", jwk(now - 9_000), jwk(now - 3_700))
    old, signing = key_ids(path)
    kept = keys(tmp_path, "retire", GETME_ACCESS_TTL="2h")
    assert kept.returncode == 0
    assert f"kept {old}: its tokens may be good until" in kept.stdout
    assert f"kept {signing}: it signs until another does" in kept.stdout
    stays = keys(tmp_path, "retire", old, GETME_TOKEN_LEEWAY="300s")
    told_once(stays, 1, f"key {old} stays: its tokens may be good until")
    assert "--now" in stays.stderr
    assert key_ids(path) == [old, signing]
    gone = keys(tmp_path, "retire")
    assert gone.stdout.splitlines()[0].startswith(f"retired key {old} (ES256): it is gone from")
    assert key_ids(path) == [signing]
    last = keys(tmp_path, "retire", signing, "--now")
    told_once(last, 1, f"key {signing} is the last that can sign; add another first")


def test_a_key_id_may_look_like_an_option(tmp_path: Path) -> None:
    now = time.time()
    for key_id in ("-now", "--xyz"):
        write(tmp_path / "keys.json", jwk(now - 9) | {"kid": key_id}, jwk(now))
        gone = keys(tmp_path, "retire", "--now", key_id)
        assert gone.returncode == 0, gone.stderr
        assert len(key_ids(tmp_path / "keys.json")) == 1


class Fault(NamedTuple):
    """A command that will not do, and what it says."""

    id: str
    arguments: tuple[str, ...]
    settings: dict[str, str]
    exit_code: int
    says: str


NO_FILE = {"GETME_KEYS_FILE": ""}
FAULTS = [
    *(
        Fault(f"{name} what", (name,), NO_FILE, 2, "--file PATH, or set GETME_KEYS_FILE")
        for name in ("generate", "rotate", "list", "retire")
    ),
    Fault("rotate nothing", ("rotate", "--file", "none.json"), {}, 1, "none.json: cannot be writ"),
    Fault("retire in nothing", ("retire", "--file", "none.json"), {}, 1, "keys generate"),
    Fault("list nothing", ("list", "--file", "none.json"), {}, 2, "none.json: cannot be read"),
    Fault("no folder", ("generate", "--file", "none/keys.json"), {}, 1, "a folder that is there"),
    Fault("open to all", ("rotate", "--file", "open.json"), {}, 2, "open.json (in Kub"),
    Fault("open to all, listed", ("list", "--file", "open.json"), {}, 2, "open.json (in Kub"),
    Fault("not JSON", ("rotate", "--file", "text.json"), {}, 2, "text.json: it is not strict JSON"),
    Fault("unknown key", ("retire", "nobody"), {}, 1, "there is no key 'nobody'; there are: "),
    Fault("misspelt setting", ("list",), {"GETME_KEYS_FIEL": "x"}, 2, "GETME_KEYS_FILE"),
    Fault("bad lifetime", ("retire",), {"GETME_ACCESS_TTL": "soon"}, 2, "GETME_ACCESS_TTL"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_a_fault_is_told_in_one_clear_line(tmp_path: Path, fault: Fault) -> None:
    write(tmp_path / "keys.json", jwk())
    write(tmp_path / "open.json", jwk()).chmod(0o644)
    write(tmp_path / "text.json").write_text("no keys")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    told_once(keys(tmp_path, *fault.arguments, **fault.settings), fault.exit_code, fault.says)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


# arguments, what the usage error says
MISUSE = {
    "HS256": (("generate", "--algorithm", "HS256"), "ES256"),
    "wait without a unit": (("rotate", "--wait", "60"), "60s"),
    "wait of a year": (("rotate", "--wait", "366d"), "0 to 30d"),
    "all at once": (("retire", "--now"), "name it"),
    "two keys": (("retire", "one", "two"), "unexpected"),
    "misspelt option": (("retire", "--nwo"), "no key '--nwo'"),
}


@pytest.mark.parametrize(("arguments", "says"), MISUSE.values(), ids=MISUSE)
def test_misuse_is_told_with_what_would_be_right(
    tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    path = write(tmp_path / "keys.json", jwk())
    before = path.read_bytes()
    result = keys(tmp_path, *arguments)
    assert result.returncode in (1, 2)
    assert says in result.stderr
    assert "Traceback" not in result.stderr
    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "keys.json", jwk())
    before = path.read_bytes()
    # Root may write anywhere, unless it gives that up.
    weak = ["/usr/bin/setpriv", "--bounding-set", "-dac_override"] if os.geteuid() == 0 else []
    command = [*weak, str(BIN / "getme-server"), "keys"]
    tmp_path.chmod(0o555)
    try:
        rotated = run_command([*command, "rotate"], tmp_path, FILE)
        made = run_command([*command, "generate", "--file", "new.json"], tmp_path, {})
    finally:
        tmp_path.chmod(0o755)
    told_once(rotated, 1, "keys.json: cannot be written: Permission denied; its owner or root")
    told_once(made, 1, "new.json: cannot be written: Permission denied; its owner or root")
    assert path.read_bytes() == before


def issued(directory: Path) -> str:
    answer = run_command(ISSUE, directory, FILE | NO_SECRET)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


def settings_of(database: str, **others: str) -> dict[str, str]:
    return {"GETME_STORE": database} | FILE | NO_SECRET | others


def accepted(server: Program, token: str) -> bool:
    with getme.Client(server.address) as client:
        try:
            return client.get_me(token).email == ADA.email
        except getme.Unauthenticated:
            return False


def put(path: Path, content: str) -> None:
    """Another content in one step, so that the server sees one change."""
    other = path.with_suffix(".new")
    other.touch(0o600)
    other.write_text(content)
    other.replace(path)


def test_a_running_server_takes_up_a_rotated_key_and_drops_a_retired_one(
    tmp_path: Path, people_database: str
) -> None:
    old_id = generated(tmp_path)
    old = issued(tmp_path)
    with start_server(tmp_path, settings_of(people_database)) as server:
        assert keys(tmp_path, "rotate", "--wait", "0s").returncode == 0
        new = issued(tmp_path)
        assert until(lambda: accepted(server, new), 2)
        assert accepted(server, old)
        assert keys(tmp_path, "retire", old_id, "--now").returncode == 0
        assert until(lambda: not accepted(server, old), 2)
        assert accepted(server, new)
    assert SECRET not in "".join(server.lines)


def test_a_broken_file_is_told_once_and_the_last_good_keys_stay(
    tmp_path: Path, people_database: str
) -> None:
    generated(tmp_path)
    token = issued(tmp_path)
    path = tmp_path / "keys.json"
    good = path.read_text()
    twice = json.dumps({"keys": json.loads(good)["keys"] * 2})
    breaks: dict[str, Callable[[], object]] = {
        "it is not strict JSON": lambda: put(path, good[: len(good) // 2]),
        "it is not strict JSON in UTF-8": lambda: put(path, ""),
        "No such file or directory": path.unlink,
        "others can read or change it; run: chmod 600": lambda: path.chmod(0o644),
        "two keys have the key ID": lambda: put(path, twice),
    }
    with start_server(tmp_path, settings_of(people_database)) as server:
        for says, break_it in breaks.items():
            break_it()
            assert says in server.wait_for("keys_refused")["reason"]
            assert accepted(server, token)
            put(path, good)
            server.wait_for("keys_loaded")
            assert accepted(server, token)
        refused = [line for line in server.lines if '"keys_refused"' in line]
    assert len(refused) == len(breaks), refused


def test_a_worker_that_starts_while_the_file_is_broken_has_the_last_good_keys(
    tmp_path: Path, people_database: str
) -> None:
    generated(tmp_path)
    assert keys(tmp_path, "rotate", "--wait", "0s").returncode == 0
    token = issued(tmp_path)
    path = tmp_path / "keys.json"
    good = path.read_text()
    with start_server(tmp_path, settings_of(people_database, GETME_WORKERS=str(WORKERS))) as server:
        put(path, "{")
        for _ in range(WORKERS + 1):  # the parent watches for those that come later
            server.wait_for("keys_refused")
        for victim in workers_of(server):
            victim.kill()
            server.wait_for("worker_started")
        assert all(accepted(server, token) for _ in range(20))
        put(path, good)
        for _ in range(WORKERS + 1):
            server.wait_for("keys_loaded")
        assert all(accepted(server, token) for _ in range(20))
    assert not any("Traceback" in line for line in server.errors)
