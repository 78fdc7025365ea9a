"""How many `get_me` calls a second a client answers from memory, on one core.

The client runs in a program of its own, which prints JSON:
`python -m bench.client_speed --port 50051 --tokens FILE --form threads --threads 8 --seconds 2`.
It follows a real server, which has a core to itself. Each token's answer is checked to be its
user's before and after; in between nothing is looked at, so that a loop over tokens is all that
is measured besides.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import getme
import getme.aio
from bench.load import LoadFailed
from bench.measure import Spread
from bench.people import TokenFiles
from bench.program import LOAD_CORE, clean_environment, pinned_to
from bench.starter import Service

_EXTRA_SECONDS = 60
# A server lets nothing be remembered for 6 s after it has started on Cassandra.
_FILL_SECONDS = 20
_FILL_PAUSE_SECONDS = 0.2

# The user ID that is expected, and the token.
Pairs = list[tuple[str, str]]


class Form(NamedTuple):
    """One way to call. title: as readers are told. arguments: for the program."""

    title: str
    arguments: list[str]


FORMS = (
    Form("`getme.Client`, 1 thread", ["--form", "threads", "--threads", "1"]),
    Form("`getme.Client`, 8 threads", ["--form", "threads", "--threads", "8"]),
    Form("`getme.aio.Client`, one task, awaited in turn", ["--form", "in-turn"]),
    Form("`getme.aio.Client`, gathered, a task a call", ["--form", "gathered"]),
)


class ClientSpeed(NamedTuple):
    """What a form came to. asked: the share of the calls that asked the server.

    cpu_microseconds: of the whole process for each call.
    """

    title: str
    calls_a_second: Spread
    cpu_microseconds: float
    asked: float


def measure_client_speed(
    service: Service, tokens: TokenFiles, *, rounds: int, seconds: float
) -> list[ClientSpeed]:
    """A row for each of FORMS, measured in turn. Raises LoadFailed."""
    results = [
        [_run(form, service, tokens.remembered(), seconds) for form in FORMS] for _ in range(rounds)
    ]
    return [
        ClientSpeed(
            form.title,
            Spread.of([result["calls"] / result["seconds"] for result in of_form]),
            median(result["cpu"] * 1e6 / result["calls"] for result in of_form),
            sum(result["asked"] for result in of_form) / sum(result["calls"] for result in of_form),
        )
        for form, of_form in zip(FORMS, zip(*results, strict=True), strict=True)
    ]


def _run(form: Form, service: Service, tokens: Path, seconds: float) -> dict[str, Any]:
    command = [*pinned_to(LOAD_CORE), sys.executable, "-m", "bench.client_speed"]
    command += ["--port", str(service.port), "--tokens", str(tokens), "--seconds", str(seconds)]
    finished = subprocess.run(
        [*command, *form.arguments],
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=seconds + _EXTRA_SECONDS,
        check=False,
    )
    if finished.returncode != 0:
        raise LoadFailed(f"{form.title}: {finished.stderr or finished.stdout}")
    result: dict[str, Any] = json.loads(finished.stdout.splitlines()[-1])
    return result


def call_in_threads(address: str, pairs: Pairs, *, threads: int, seconds: float) -> dict[str, Any]:
    """Calls, seconds, those of CPU, and how many of the calls asked the server."""
    tokens = [token for _, token in pairs]
    counts: list[int] = []
    with getme.Client(address) as client:
        filled_by = time.monotonic() + _FILL_SECONDS
        asked_before = -1
        while asked_before != client.memory.misses and time.monotonic() < filled_by:
            asked_before = client.memory.misses
            _check(pairs, [client.get_me(token) for token in tokens])
            time.sleep(_FILL_PAUSE_SECONDS)
        asked_before = client.memory.misses
        begun, cpu_before = time.perf_counter(), time.process_time()

        def call() -> None:
            calls = 0
            while time.perf_counter() < begun + seconds:
                for token in tokens:
                    client.get_me(token)
                calls += len(tokens)
            counts.append(calls)

        _run_together(call, threads)
        taken, cpu = time.perf_counter() - begun, time.process_time() - cpu_before
        asked = client.memory.misses - asked_before
        _check(pairs, [client.get_me(token) for token in tokens])
    return {"calls": sum(counts), "seconds": taken, "cpu": cpu, "asked": asked}


def _run_together(call: Callable[[], None], number: int) -> None:
    others = [threading.Thread(target=call) for _ in range(number - 1)]
    for other in others:
        other.start()
    call()
    for other in others:
        other.join()


async def call_in_a_loop(
    address: str, pairs: Pairs, *, gathered: bool, seconds: float
) -> dict[str, Any]:
    """As call_in_threads.

    The event loop has its turn after each round over all tokens: an answer from memory does not
    give way to others, and the task that hears of changes must run.
    """
    tokens = [token for _, token in pairs]
    calls = 0
    async with getme.aio.Client(address) as client:
        filled_by = time.monotonic() + _FILL_SECONDS
        asked_before = -1
        while asked_before != client.memory.misses and time.monotonic() < filled_by:
            asked_before = client.memory.misses
            _check(pairs, [await client.get_me(token) for token in tokens])
            await asyncio.sleep(_FILL_PAUSE_SECONDS)
        asked_before = client.memory.misses
        begun, cpu_before = time.perf_counter(), time.process_time()
        while time.perf_counter() < begun + seconds:
            if gathered:
                await asyncio.gather(*map(client.get_me, tokens))
            else:
                for token in tokens:
                    await client.get_me(token)
                await asyncio.sleep(0)
            calls += len(tokens)
        taken, cpu = time.perf_counter() - begun, time.process_time() - cpu_before
        asked = client.memory.misses - asked_before
        _check(pairs, [await client.get_me(token) for token in tokens])
    return {"calls": calls, "seconds": taken, "cpu": cpu, "asked": asked}


def _check(pairs: Pairs, users: list[getme.User]) -> None:
    for (user_id, _), user in zip(pairs, users, strict=True):
        if user.user_id != user_id:
            sys.exit(f"{user.user_id} was answered to a token of {user_id}")


def main() -> None:
    """Reads the command line, calls, prints."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--tokens", type=Path, required=True, help="lines: user ID, token")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--form", choices=("threads", "in-turn", "gathered"), required=True)
    parser.add_argument("--threads", type=int, default=1)
    chosen = parser.parse_args()
    address = f"127.0.0.1:{chosen.port}"
    lines = (line.split() for line in chosen.tokens.read_text("ascii").splitlines())
    pairs = [(user_id, token) for user_id, token in lines]
    if chosen.form == "threads":
        result = call_in_threads(address, pairs, threads=chosen.threads, seconds=chosen.seconds)
    else:
        gathered = chosen.form == "gathered"
        result = asyncio.run(
            call_in_a_loop(address, pairs, gathered=gathered, seconds=chosen.seconds)
        )
    print(json.dumps(result))


if __name__ == "__main__":
    main()
