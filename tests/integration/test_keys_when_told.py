"""SIGHUP has the keys looked at, whichever way they are given, and by each worker."""

import signal
from collections.abc import Callable
from pathlib import Path

import jwt
import pytest

from getme_server.key_files.generation import new_jwk
from tests.integration.test_keys_commands import accepted, issued, put
from tests.integration.test_processes import WORKERS
from tests.people import ADA
from tests.servers.programs import SECRET, start_server
from tests.servers.when_told import server_looks_when_told
from tests.tokens import token_for
from tests.unit.key_files.files_in_test import write

NEW_SECRET = "another-secret-for-tests-that-is-long-enough-9876543210"
BROKEN = "short"


class Secret:
    """A shared secret in a file."""

    setting = "GETME_SECRET_KEY_FILE"

    def __init__(self, directory: Path) -> None:
        self.path = directory / "secret-key"
        self.path.write_text(f"{SECRET}\n")
        self.old = token_for(ADA.user_id)

    def replace(self) -> str:
        """Puts another in its place; a token of that."""
        put(self.path, f"{NEW_SECRET}\n")
        claims = jwt.decode(self.old, SECRET, ["HS256"])
        return jwt.encode(claims, NEW_SECRET, "HS256")


class KeysFile:
    """A key in a keys file."""

    setting = "GETME_KEYS_FILE"

    def __init__(self, directory: Path) -> None:
        self.path = write(directory / "keys.json", new_jwk("ES256"))
        self.old = issued(directory)

    def replace(self) -> str:
        """As above."""
        write(self.path, new_jwk("ES256"))
        return issued(self.path.parent)


@pytest.mark.parametrize("kind", [Secret, KeysFile])
def test_keys_are_replaced_on_sighup_and_their_tokens_with_them(
    tmp_path: Path, people_database: str, kind: Callable[[Path], Secret | KeysFile]
) -> None:
    keys = kind(tmp_path)
    settings = {
        "GETME_STORE": people_database,
        "GETME_WORKERS": str(WORKERS),
        "GETME_SECRET_KEY": "",
        keys.setting: str(keys.path),
    } | server_looks_when_told(tmp_path)
    with start_server(tmp_path, settings) as server:

        def look() -> None:
            server.process.send_signal(signal.SIGHUP)

        assert accepted(server, keys.old)
        put(keys.path, BROKEN)
        look()
        for _ in range(WORKERS + 1):  # the parent keeps them for workers that start later
            assert str(keys.path) in server.wait_for("keys_refused")["reason"]
        assert accepted(server, keys.old)
        new = keys.replace()
        look()
        for _ in range(WORKERS + 1):
            server.wait_for("keys_loaded")
        assert all(accepted(server, new) and not accepted(server, keys.old) for _ in range(8))
    log = "".join(server.lines)
    assert SECRET not in log
    assert NEW_SECRET not in log
