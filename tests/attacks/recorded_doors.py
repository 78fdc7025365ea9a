"""Doors to a server and its gateway that remember all that was refused, as its receiver sees it."""

import time
from collections.abc import Callable
from typing import Any

import grpc
import httpx

# The programs log a hundred calls a second, and none of these shall be left out.
PACE_SECONDS = 0.012


class Refusals(grpc.UnaryUnaryClientInterceptor):
    """What the answers say that are none. texts: with headers, trailing metadata and bodies."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def intercept_unary_unary(
        self, continuation: Callable[..., Any], client_call_details: Any, request: Any
    ) -> Any:
        """Makes a call over gRPC."""
        time.sleep(PACE_SECONDS)
        call = continuation(client_call_details, request)
        if call.code() is not grpc.StatusCode.OK:
            self.texts.append(f"{call.details()} {call.initial_metadata()}")
            self.texts += [str(value) for _, value in call.trailing_metadata()]
            self.texts += [
                value.decode("latin-1")
                for _, value in call.trailing_metadata()
                if isinstance(value, bytes)
            ]
        return call

    def http(self, address: str) -> httpx.Client:
        """A client of a gateway."""
        return httpx.Client(
            base_url=f"http://{address}",
            trust_env=False,
            timeout=30,
            event_hooks={"request": [_pace], "response": [self._record]},
        )

    def _record(self, answer: httpx.Response) -> None:
        if answer.is_error:
            answer.read()
            self.texts.append(f"{answer.headers} {answer.text}")


def _pace(_request: httpx.Request) -> None:
    time.sleep(PACE_SECONDS)
