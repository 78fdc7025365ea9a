"""What a client tells of the span that its program is in: the W3C's keys, on real calls alone."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    TraceFlags,
    TraceState,
    use_span,
)

from tests.unit.client.serving import SECONDS, Users, serve_users
from tests.unit.client.test_clients import TOKEN, Ask, ask_with_asyncio, ask_with_threads

TRACE, SPAN = 0x4BF92F3577B34DA6A3CE929D0E0E4736, 0x00F067AA0BA902B7
PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7"
CALLS = {"get_me": TOKEN, "get_user": "1", "batch_get_users": ["1"]}

# A program that answers a request with a client, and does not know of OpenTelemetry.
ASKING = f"""
import asyncio, sys
import getme
with getme.Client(sys.argv[1], timeout_seconds={SECONDS}) as client:
    client.get_user("1")
async def ask():
    async with getme.aio.Client(sys.argv[1], timeout_seconds={SECONDS}) as client:
        await client.get_user("1")
asyncio.run(ask())
print([name for name in sys.modules if name.startswith("opentelemetry")])
"""


@pytest.fixture(params=[ask_with_threads, ask_with_asyncio], ids=["threads", "asyncio"])
def ask(request: pytest.FixtureRequest) -> Ask:
    asked: Ask = request.param
    return asked


@pytest.fixture
def users() -> Iterator[Users]:
    with serve_users() as running:
        yield running


def span(*, sampled: bool = True, state: TraceState | None = None) -> NonRecordingSpan:
    flags = TraceFlags(sampled)
    return NonRecordingSpan(SpanContext(TRACE, SPAN, False, flags, state))  # noqa: FBT003  # its own


@pytest.mark.parametrize(("method", "value"), CALLS.items(), ids=CALLS)
def test_current_span_is_the_parent_of_the_servers(
    users: Users, ask: Ask, method: str, value: object
) -> None:
    with use_span(span()):
        ask(users.address, method, value)
    assert users.metadata[0]["traceparent"] == f"{PARENT}-01"
    assert "tracestate" not in users.metadata[0]


def test_span_that_is_not_recorded_is_told_as_such(users: Users, ask: Ask) -> None:
    with use_span(span(sampled=False)):
        ask(users.address, "get_me", TOKEN)
    assert users.metadata[0]["traceparent"] == f"{PARENT}-00"


def test_state_of_the_trace_is_passed_on(users: Users, ask: Ask) -> None:
    with use_span(span(state=TraceState([("one", "1"), ("two", "2")]))):
        ask(users.address, "get_me", TOKEN)
    assert users.metadata[0]["tracestate"] == "one=1,two=2"


def test_nothing_is_told_without_a_span(users: Users, ask: Ask) -> None:
    ask(users.address, "get_me", TOKEN)
    assert not {"traceparent", "tracestate"} & users.metadata[0].keys()


def test_program_without_opentelemetry_does_not_import_it(users: Users) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ASKING, users.address],
        capture_output=True,
        text=True,
        check=True,
        timeout=2 * SECONDS,
    )
    assert (done.stdout, len(users.metadata)) == ("[]\n", 2)
