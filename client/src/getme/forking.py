"""What becomes of a process that was forked: gRPC hangs in a child whose parent had used it.

Unless GRPC_ENABLE_FORK_SUPPORT is set before grpc is imported, and no stream was open
(https://github.com/grpc/grpc/blob/master/doc/fork_support.md). Hanging past every deadline is the
worst answer of all, so that the clients refuse instead.
"""

import os
from typing import Protocol
from weakref import WeakSet

from getme.errors import forked_error

# As grpcio reads it, at its import; here it is read just after that.
_IS_SUPPORTED = os.environ.get("GRPC_ENABLE_FORK_SUPPORT", "0").lower() in ("1", "true", "yes")


class Forked(Protocol):
    """Something that a child has a copy of, without the threads and connections of its parent."""

    def after_fork(self) -> None:
        """Begins anew, in the child."""


class _Process:
    """What the present process inherited."""

    def __init__(self) -> None:
        self.copied: WeakSet[Forked] = WeakSet()
        self.has_used_grpc = False
        self.has_had_streams = False
        self.is_barred = False


_process = _Process()


def begin_anew_after_fork(copied: Forked) -> None:
    """Has `after_fork` called in each child, as long as the object lives."""
    _process.copied.add(copied)


def use_grpc(*, for_streams: bool) -> None:
    """To be called before a channel is opened. Raises Unavailable where it would hang.

    for_streams: what cannot be forked with grpc's support either.
    """
    if _process.is_barred:
        raise forked_error()
    _process.has_used_grpc = True
    _process.has_had_streams = _process.has_had_streams or for_streams


def _after_fork() -> None:
    # Tried with grpc's support: every fifth child of a busy parent hung while a stream was open,
    # and none of 60 without one.
    is_safe = _IS_SUPPORTED and not _process.has_had_streams
    _process.is_barred = _process.is_barred or (_process.has_used_grpc and not is_safe)
    for copied in list(_process.copied):
        copied.after_fork()


if hasattr(os, "register_at_fork"):  # where there is no fork there is no such function
    os.register_at_fork(after_in_child=_after_fork)
