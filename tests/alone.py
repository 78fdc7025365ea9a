"""Which tests share the machine with no others: what they find depends on how busy it is.

Clusters of three nodes listen on the same addresses, too, wherever they are started.
"""

from pathlib import PurePath

_PLACES = tuple(
    map(
        PurePath,
        (
            "tests/faults/freshness",
            "tests/faults/odd_conditions",
            "tests/faults/test_frozen_store.py",
            "tests/faults/test_rolling_restart.py",
            "tests/faults/three_nodes",
            "tests/attacks/test_sign_in_timing.py",
            "tests/integration/test_account_races.py",
        ),
    )
)


def runs_alone(path: PurePath) -> bool:
    """Whether the tests of a module do. path: from the root of the repository."""
    return any(path == place or place in path.parents for place in _PLACES)
