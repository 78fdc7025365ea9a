"""What becomes of a client when its process ends or is forked, in processes of their own."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.unit.client.remembering import ADA, RememberingServer
from tests.unit.client.serving import SECONDS, serve_users

PREAMBLE = f"""
import asyncio, multiprocessing, os, sys, time
import getme
address, token = sys.argv[1], "{ADA}.token"

def remember(client):
    if client._cache is False:
        client.get_me(token)
        print("answered", flush=True)
        return
    ends = time.monotonic() + {SECONDS}
    while not client.memory.hits and time.monotonic() < ends:
        client.get_me(token)
    print("remembered" if client.memory.hits else "asked only", flush=True)

def ask(client):
    try:
        remember(client)
    except getme.Error as error:
        print(error.reason, flush=True)

def fork(client):
    child = multiprocessing.get_context("fork").Process(target=ask, args=(client,))
    child.start()
    child.join({SECONDS})
    print(child.exitcode, flush=True)
    child.kill()
"""


@pytest.fixture
def server() -> Iterator[RememberingServer]:
    with serve_users() as users:
        yield RememberingServer(users)


def run(server: RememberingServer, program: str, *, fork_support: bool = False) -> list[str]:
    """The lines that a program prints, which ends by itself and says nothing else."""
    done = subprocess.run(
        [sys.executable, "-c", PREAMBLE + program, server.users.address],
        capture_output=True,
        text=True,
        timeout=2 * SECONDS,
        check=False,
        env={**os.environ, "GRPC_ENABLE_FORK_SUPPORT": str(int(fork_support))},
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split("\n")[:-1]


ENDINGS = {
    "not closed": "client = getme.Client(address); remember(client)",
    "closed": "client = getme.Client(address); remember(client); client.close()",
    "dropped": "remember(getme.Client(address))",
    "in a cycle": "client = getme.Client(address); remember(client); x = [client]; x.append(x)",
    "never used": "client = getme.Client(address); print('remembered')",
}


@pytest.mark.parametrize("program", ENDINGS.values(), ids=ENDINGS)
def test_program_ends_though_its_client_watches(server: RememberingServer, program: str) -> None:
    assert run(server, program) == ["remembered"]


@pytest.mark.parametrize("close", ["await client.close()", "pass"], ids=["closed", "not closed"])
def test_program_of_asyncio_ends_though_its_client_watches(
    server: RememberingServer, close: str
) -> None:
    program = f"""
async def main():
    client = getme.aio.Client(address)
    while not client.memory.hits:
        await client.get_me(token)
    print("remembered")
    {close}
asyncio.run(main())
"""
    assert run(server, program) == ["remembered"]


def test_client_that_was_made_before_a_fork_works_in_the_child(server: RememberingServer) -> None:
    program = "client = getme.Client(address); fork(client); fork(client); remember(client)"
    assert run(server, program) == ["remembered", "0", "remembered", "0", "remembered"]


@pytest.mark.parametrize("fork_support", [False, True], ids=["alone", "with grpc's support"])
def test_client_that_was_used_before_a_fork_says_so_in_the_child(
    server: RememberingServer, fork_support: bool
) -> None:
    program = "client = getme.Client(address); remember(client); fork(client); remember(client)"
    answered = run(server, program, fork_support=fork_support)
    # While a stream is open, grpc's own handler hangs in every fifth child that it supports.
    hangs_in_grpc = ["remembered", "None", "remembered"] if fork_support else []
    assert answered in (["remembered", "FORKED", "0", "remembered"], hangs_in_grpc)


def test_client_without_a_cache_works_in_the_child_where_grpc_supports_it(
    server: RememberingServer,
) -> None:
    program = "client = getme.Client(address, cache=False); client.get_me(token); fork(client)"
    assert run(server, program, fork_support=True) == ["answered", "0"]
