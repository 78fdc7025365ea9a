"""`getme-server doctor` on a machine whose clock is ten seconds behind that of all others.

Its arguments are those of `doctor`.
"""

import sys
import time

SECONDS_BEHIND = 10.0


def main() -> None:
    """Looks, and ends as `doctor` does."""
    right = time.time
    time.time = lambda: right() - SECONDS_BEHIND
    from getme_server.__main__ import main as run  # noqa: PLC0415  # after the clock is set

    sys.argv[1:1] = ["doctor"]
    run()


if __name__ == "__main__":
    main()
