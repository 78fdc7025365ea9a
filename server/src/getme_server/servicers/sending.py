"""Sends on a stream without a wait.

The `send` that grpcio hands to a handler waits until the transport has taken the message, which it
does not while the caller reads nothing: who sends is held by whoever does not read.

Stands on what grpcio does for each message (grpc/_server.py of 1.85), which is no part of its
interface.
"""

from collections.abc import Callable
from typing import Any

import grpc
from grpc import _server as grpcio
from grpc._cython import cygrpc  # type: ignore[attr-defined]  # types-grpcio lacks it

_NO_FLAGS = 0
_TOKEN = grpcio._SEND_MESSAGE_TOKEN  # noqa: SLF001  # as all below: see above


def send_unwaited(context: grpc.ServicerContext, message: bytes, taken: Callable[[], None]) -> bool:
    """Hands a message to the transport; False where the call is over.

    One message of a stream at a time. taken: called once, by grpcio's own thread, when the
    transport has taken the message or the call is over; waits for nothing and raises nothing.
    """
    event: Any = context._rpc_event  # type: ignore[attr-defined]  # noqa: SLF001
    state: Any = context._state  # type: ignore[attr-defined]  # noqa: SLF001
    sent = grpcio._send_message(state, _TOKEN)  # noqa: SLF001

    def complete(sent_event: cygrpc.BaseEvent) -> Any:
        ending = sent(sent_event)
        taken()
        return ending

    with state.condition:
        if not grpcio._is_rpc_state_active(state):  # noqa: SLF001
            return False
        operations = [cygrpc.SendMessageOperation(message, _NO_FLAGS)]
        if state.initial_metadata_allowed:
            operations.insert(0, grpcio._get_initial_metadata_operation(state, None))  # noqa: SLF001
            state.initial_metadata_allowed = False
        event.call.start_server_batch(operations, complete)
        state.due.add(_TOKEN)
    return True
