"""`getme-server serve` with one worker, and something odd about it: the argument says what.

forgetful   believes that whatever it remembers is as it was: the mechanism is broken on purpose
unending    cannot read the log of changes from a CUE on, and believes that it knows all for ever:
            broken on purpose as well
elsewhere   has the clocks of another machine: the monotonic one began at another moment and is
            a little fast, and the other one jumps with each CUE: ahead of ours, behind it
            and ahead of it again
"""

import signal
import sys
import threading
import time
from types import SimpleNamespace
from typing import Any

CUE = signal.SIGRTMIN  # the server itself heeds SIGUSR1 and SIGUSR2
WALL_SECONDS_AHEAD = (30.0, -30.0, 30.0)  # of ours, after each jump
MONOTONIC_OFFSET_SECONDS = 1e6
MONOTONIC_SPEED = 1.0001  # a bad quartz is off by half of that


def forget_changes() -> None:
    """Makes all that is remembered count for ever."""
    from getme.lease import Lease  # noqa: PLC0415  # after the clocks are set

    def covers(_lease: object, _user: object, _position: int, *, at: float) -> bool:
        return at == at  # noqa: PLR0124  # whatever it is

    Lease.covers = covers  # type: ignore[assignment,method-assign]


def never_end() -> None:
    """Makes the lease last for ever, and lets nothing be heard from a cue on."""
    from getme.lease import Lease  # noqa: PLC0415  # after the clocks are set
    from getme_server.accounts.errors import StoreUnavailable  # noqa: PLC0415
    from getme_server.stores.sqlite.change_log import SqliteChangeLog  # noqa: PLC0415

    read_head, is_cut_off = SqliteChangeLog.head, threading.Event()

    def renew(lease: Any, _known_until: float) -> None:
        lease.ends = float("inf")

    def head(log: SqliteChangeLog, deadline: Any) -> Any:
        if is_cut_off.is_set():
            raise StoreUnavailable("not heard")
        return read_head(log, deadline)

    signal.signal(CUE, lambda _number, _frame: is_cut_off.set())
    Lease.renew = renew  # type: ignore[assignment,method-assign]
    SqliteChangeLog.head = head  # type: ignore[assignment,method-assign]


def live_elsewhere() -> None:
    """Replaces the clocks that everything reads which is imported from now on."""
    # grpcio counts what is left of a deadline by the wall clock that its own core has read it on.
    from grpc import _server  # noqa: PLC0415  # the other mode needs none

    vars(_server)["time"] = SimpleNamespace(**vars(time))
    wall_clock, other_clock = time.time, time.clock_gettime
    offsets = iter(WALL_SECONDS_AHEAD)
    offset = 0.0

    def jump_on_signal(_number: int, _frame: object) -> None:
        nonlocal offset
        offset = next(offsets)

    signal.signal(CUE, jump_on_signal)

    def of_elsewhere(clock: int) -> float:
        return other_clock(clock) * MONOTONIC_SPEED + MONOTONIC_OFFSET_SECONDS

    time.time = lambda: wall_clock() + offset
    time.clock_gettime = of_elsewhere
    time.monotonic = lambda: of_elsewhere(time.CLOCK_MONOTONIC)


def main() -> None:
    """Serves until it is told to stop."""
    oddity = sys.argv[1]
    sys.argv[1:] = ["serve"]
    {"elsewhere": live_elsewhere, "forgetful": forget_changes, "unending": never_end}[oddity]()
    from getme_server.__main__ import main as serve  # noqa: PLC0415  # after the clocks are set

    serve()


if __name__ == "__main__":
    main()
