"""Project Wycheproof's JSON Web Signature and Key files, where they lie beside the repository.

They are not part of it: `../shared/data/wycheproof` from its root.
"""

import json
from collections.abc import Container
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from _pytest.mark import ParameterSet

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "wycheproof"
SIGNATURES = FOLDER / "json_web_signature_test.json"
KEYS = FOLDER / "json_web_key_test.json"


class Group(NamedTuple):
    """The tests of one key: its public part where it has one, else the secret."""

    keys: list[dict[str, Any]]
    tests: list[dict[str, Any]]

    @property
    def is_secret(self) -> bool:
        """Whether all keys are secrets."""
        return all(key["kty"] == "oct" for key in self.keys)


def groups(file: Path, numbers: Container[int] | None = None) -> list[ParameterSet]:
    """The groups of a file, each as a parameter with an ID.

    numbers: only the groups that begin with a test of such a number. Where the file is absent,
    one that is skipped, also where GETME_TEST_REQUIRE=all: no server of ours could bring it.
    """
    if not file.exists():
        absent = pytest.mark.skip(reason=f"Project Wycheproof's {file.name} is not in {FOLDER}")
        return [pytest.param(None, id="absent", marks=absent)]
    found = []
    for group in json.loads(file.read_text("utf-8"))["testGroups"]:
        key, tests = group.get("public", group["private"]), group["tests"]
        first = tests[0]["tcId"]
        if numbers is None or first in numbers:
            made = Group(key.get("keys", [key]), tests)
            found.append(pytest.param(made, id=f"{group['comment']}-{first}"))
    return found
