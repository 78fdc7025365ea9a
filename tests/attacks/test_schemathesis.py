"""Requests made from the OpenAPI document, good and bad: no fault, each answer as it says."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from tests.conftest import NewStore
from tests.integration.rest_accounts.rest_people import ME, RestSystem, run_rest
from tests.servers.installed import installed
from tests.tokens import token_for

CONFIGURATION = Path(__file__).parent / "schemathesis.toml"
SECONDS = 35
# The same requests each time, so that a change of ours is what makes a run fail.
SEED = "1"
# With a token these would take it back, and the rest of the run needs it.
ENDING = ("--exclude-operation-id-regex", "(?i)logout")


@pytest.fixture(scope="module")
def rest(new_store: NewStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RestSystem]:
    """A system without limits."""
    store = {"GETME_STORE": new_store("sqlite")}
    with run_rest(tmp_path_factory.mktemp("schemathesis"), store) as system:
        yield system


@pytest.mark.parametrize("with_token", [False, True], ids=["without a token", "with a token"])
def test_every_answer_is_as_the_document_says(
    rest: RestSystem, tmp_path: Path, *, with_token: bool
) -> None:
    # A token of no session: what the run does to the user's sessions does not end it.
    token = token_for(UUID(rest.new_user().user_id), "active")
    header = f"Authorization: Bearer {token}"
    options = ("-H", header, *ENDING) if with_token else ()
    program = installed("schemathesis", package="the wheel schemathesis")
    ended = subprocess.run(
        [
            *(program, "--config-file", str(CONFIGURATION), "--no-color"),
            *("run", f"http://{rest.gateway.address}/openapi.json", "--checks", "all"),
            *("--max-time", str(SECONDS), "--seed", SEED),
            *("--continue-on-failure", "--warnings", "off", *options),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-20_000:] + ended.stderr[-2_000:]
    name, _, value = header.partition(": ")
    assert rest.http.get(ME, headers={name: value}).status_code == 200  # it was good throughout
    assert not [line for line in rest.gateway.lines if '"event":"bug"' in line]
