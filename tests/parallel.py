"""Which tests one worker of pytest-xdist runs one after the other: a module's, or what clashes.

Clusters of three nodes listen on the same addresses of this machine, wherever they are started; the
scenes of `freshness` share servers that take long to start.
"""

from pathlib import PurePosixPath

from xdist.scheduler import LoadScopeScheduling

_FAULTS = PurePosixPath("tests/faults")
_CLUSTER = frozenset({_FAULTS / "freshness/test_killed_node.py"})


def together(module: str) -> str:
    """The name of what the module's tests are run together with. module: its path."""
    path = PurePosixPath(module)
    if _FAULTS / "three_nodes" in path.parents or path in _CLUSTER:
        return "three nodes"
    if _FAULTS / "freshness" in path.parents:
        return "freshness"
    return module


class Together(LoadScopeScheduling):  # type: ignore[misc]  # xdist is not typed
    """Gives a worker all tests that belong together."""

    def _split_scope(self, nodeid: str) -> str:
        return together(nodeid.partition("::")[0])
