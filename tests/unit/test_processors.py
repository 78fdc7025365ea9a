"""How many processors may be used: what affinity and a container's quota leave of the machine."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from getme_server.processors import usable_processors

ALL = len(os.sched_getaffinity(0))
PERIOD = 100_000


@pytest.fixture
def one_processor() -> Iterator[None]:
    """This thread may run on one of them alone."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    yield
    os.sched_setaffinity(0, allowed)


def quota(cgroup: Path, processors: float | None) -> None:
    cgroup.mkdir(parents=True, exist_ok=True)
    limit = "max" if processors is None else str(int(processors * PERIOD))
    (cgroup / "cpu.max").write_text(f"{limit} {PERIOD}\n")


def usable(directory: Path, own: str = "0::/pod/container\n") -> int:
    (directory / "own").write_text(own)
    return usable_processors(own=directory / "own", cgroups=directory / "cgroups")


def test_all_that_affinity_allows_are_used_where_there_is_no_quota(tmp_path: Path) -> None:
    assert usable(tmp_path) == ALL
    quota(tmp_path / "cgroups" / "pod" / "container", None)
    assert usable(tmp_path) == ALL


@pytest.mark.usefixtures("one_processor")
def test_affinity_counts(tmp_path: Path) -> None:
    quota(tmp_path / "cgroups" / "pod" / "container", 64)
    assert usable(tmp_path) == 1


@pytest.mark.parametrize(("processors", "used"), [(0.25, 1), (1, 1), (1.01, min(2, ALL))])
def test_of_a_part_of_a_processor_the_whole_is_used(
    tmp_path: Path, processors: float, used: int
) -> None:
    quota(tmp_path / "cgroups" / "pod" / "container", processors)
    assert usable(tmp_path) == used


@pytest.mark.parametrize("limited", ["pod/container", "pod", "."])
def test_the_quota_of_each_group_holds(tmp_path: Path, limited: str) -> None:
    for cgroup in ("pod/container", "pod", "."):
        quota(tmp_path / "cgroups" / cgroup, None)
    quota(tmp_path / "cgroups" / limited, 1)
    assert usable(tmp_path) == 1


def test_a_container_that_sees_itself_as_the_root_has_its_quota_there(tmp_path: Path) -> None:
    quota(tmp_path / "cgroups", 1)
    assert usable(tmp_path, "0::/\n") == 1


def test_groups_of_version_1_are_not_looked_at(tmp_path: Path) -> None:
    quota(tmp_path / "cgroups" / "pod", 1)
    assert usable(tmp_path, "2:cpu:/pod\n1:name=systemd:/pod\n") == ALL


def test_no_linux_is_no_fault(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    assert usable_processors(own=nowhere, cgroups=nowhere) == ALL
