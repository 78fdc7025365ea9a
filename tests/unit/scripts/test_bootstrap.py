"""`scripts.bootstrap`: when a venv is good enough."""

from typing import Any

import pytest

from scripts.bootstrap import is_fresh

WANTED = {"root": "/here", "inputs": "hash"}


@pytest.mark.parametrize(
    ("stamp", "level", "fresh"),
    [
        pytest.param({}, "run", False, id="no venv yet"),
        pytest.param(WANTED | {"level": "run"}, "run", True, id="as it was"),
        pytest.param(WANTED | {"level": "run"}, "test", False, id="without test tools"),
        pytest.param(WANTED | {"level": "test"}, "run", True, id="more than is needed"),
        pytest.param(WANTED | {"level": "bench"}, "test", True, id="what the benchmarks need"),
        pytest.param(WANTED | {"level": "bench"}, "fuzz", False, id="without the fuzzer"),
        pytest.param(WANTED | {"level": "fuzz"}, "bench", True, id="most of all"),
        pytest.param(WANTED | {"level": "test", "inputs": "old"}, "test", False, id="new lock"),
        pytest.param(WANTED | {"level": "test", "root": "/there"}, "test", False, id="copied"),
        pytest.param(WANTED | {"level": "else"}, "run", False, id="of another version"),
    ],
)
def test_venv_is_good_enough(stamp: dict[str, Any], level: str, *, fresh: bool) -> None:
    assert is_fresh(stamp, WANTED, level) is fresh
