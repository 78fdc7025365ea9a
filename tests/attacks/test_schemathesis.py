"""Requests made from the OpenAPI document, good and bad: no fault, each answer as it says."""

import os
import subprocess
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from scripts.openapi.sample_values import SAMPLES
from tests.conftest import NewStore
from tests.faults.freshness.lengths import is_long
from tests.integration.rest_accounts.rest_people import ME, RestSystem, run_rest
from tests.servers.installed import installed
from tests.tokens import token_for

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATION = Path(__file__).parent / "schemathesis.toml"
HOOKS = "tests.attacks.live_examples"
# What is looked at in any case, of each operation, and then what is sought at random.
PHASES = (
    ("examples,coverage",),
    ("fuzzing,stateful", "--max-time", "150" if is_long() else "16"),
)
# Other requests each day, the same in all runs of a day; what a run has found it finds again with
# the seed that it has told.
SEED = os.environ.get("GETME_TEST_SEED") or f"{datetime.now(UTC):%Y%m%d}"
DOCUMENT = ("GET", "/openapi.json")  # schemathesis has read it, and does not ask for it again
Statuses = Mapping[tuple[str, str], Collection[int]]


@pytest.mark.parametrize(
    ("spelling", "with_token"),
    [
        pytest.param("columns", False, id="without a token"),
        pytest.param("columns", True, id="a moderator's token"),
        pytest.param("camel", True, id="a moderator's token, camel"),
    ],
)
def test_every_answer_is_as_the_document_says(
    new_store: NewStore, tmp_path: Path, spelling: str, *, with_token: bool
) -> None:
    settings = {"GETME_STORE": new_store("sqlite")}
    with run_rest(tmp_path, settings, {"GETME_GATEWAY_JSON_NAMES": spelling}) as rest:
        caller = rest.register().json()["userId"]
        # A token of no session: what the run does to the user's sessions does not end it.
        token = token_for(UUID(caller), "moderator") if with_token else ""
        statuses = run(rest, tmp_path, token, caller)
        operations = [each for each in operations_of(rest) if each[0] != DOCUMENT]
        for operation, needs_token in operations:
            got = statuses.get(operation, ())
            succeeds = any(httpx.codes.is_success(status) for status in got)
            assert got, f"{operation} was never asked"
            assert succeeds == (with_token or not needs_token), (operation, got)
        if with_token:  # which was good throughout
            assert rest.http.get(ME, headers={"authorization": f"Bearer {token}"}).is_success
        assert not [line for line in rest.gateway.lines if '"event":"bug"' in line]


def run(rest: RestSystem, directory: Path, token: str, caller: str) -> Statuses:
    """All statuses of each operation, by method and path. Fails where an answer is not right."""
    gateway, answers = f"http://{rest.gateway.address}", directory / "answers"
    rest.register(SAMPLES["email"], password=SAMPLES["password"])
    of_hooks = {
        "PYTHONPATH": str(ROOT),
        "SCHEMATHESIS_HOOKS": HOOKS,
        "LIVE_GATEWAY": gateway,
        "LIVE_TOKEN": token,
        "LIVE_CALLER_ID": caller,
        "LIVE_EXAMPLE_ID": rest.register().json()["userId"],
        "LIVE_ANSWERS": str(answers),
    }
    program = installed("schemathesis", package="the wheel schemathesis")
    # Beside a good token made-up cookies would be one credential too many, and nothing would pass.
    credentials = "false" if token else "true"
    for phases in PHASES:
        ended = subprocess.run(
            [
                *(program, "--config-file", str(CONFIGURATION), "--no-color"),
                *("run", f"{gateway}/openapi.json", "--checks", "all", "--seed", SEED),
                *("--generation-with-security-parameters", credentials),
                *("--continue-on-failure", "--warnings", "off", "--phases", *phases),
            ],
            cwd=directory,
            env=os.environ | of_hooks,
            capture_output=True,
            text=True,
            check=False,
        )
        again = f"again with GETME_TEST_SEED={SEED}\n"
        assert ended.returncode == 0, again + ended.stdout[-20_000:] + ended.stderr[-2_000:]
    statuses: dict[tuple[str, str], set[int]] = defaultdict(set)
    for line in answers.read_text("utf-8").splitlines():
        method, path, status = line.split(" ")
        statuses[method, path].add(int(status))
    return statuses


def operations_of(rest: RestSystem) -> Iterator[tuple[tuple[str, str], bool]]:
    """Method and path of each operation in the document, and whether it needs a token."""
    paths: dict[str, dict[str, Any]] = rest.http.get("/openapi.json").json()["paths"]
    for path, place in paths.items():
        for method, operation in place.items():
            if method != "parameters":
                security = operation["security"]
                yield (method.upper(), path), bool(security) and {} not in security
