"""A key is changed while calls come in: no good token is refused, no retired key's is taken.

What each call was answered is kept with its times, and judged at the end by two rules: a call is
refused only if its key was being retired before it ended, and none is accepted that began
TAKEN_UP_SECONDS or more after the command that retired its key had ended.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Self

import grpc
import psutil
import pytest

from getme.errors import error_of_call
from getme.v1.user_service_pb2 import GetMeRequest
from getme.v1.user_service_pb2_grpc import UserServiceStub
from getme_server.key_files.source import KeysFile
from getme_server.tokens.issuer import Issuer
from getme_server.tokens.key_ring import KeyRing
from getme_server.tokens.policy import TokenPolicy
from tests.integration.test_processes import WORKERS, workers_of
from tests.people import ADA
from tests.servers.programs import Program, run_command, start_server
from tests.tokens import bearer
from tests.unit.key_files.files_in_test import key_ids
from tests.waiting import until

THREADS, CHANNELS = 16, 4
TAKEN_UP_SECONDS = 1.2  # a look each 0.5 s, the reading of the file, and the call itself
PAUSE_SECONDS = 0.03  # between a thread's calls: the commands need some of the processor, too
KEPT_TOKENS = 20  # of the first key, by each thread
CALLS_OF_EACH_STAGE = 200
ACCEPTED, REFUSED = "accepted", "TOKEN_INVALID"


class Call(NamedTuple):
    """A call with a token of a key, its answer, and its times on the monotonic clock."""

    key_id: str
    answer: str
    began: float
    ended: float


class Tokens:
    """Tokens of the key that signs at the moment, as `getme-server token issue` makes them."""

    def __init__(self, path: Path) -> None:
        self._file = KeysFile(path)
        self._keys = KeyRing(self._file.key_set())
        self._issuer = Issuer(self._keys, TokenPolicy())
        self._mutex = threading.Lock()

    def new(self) -> tuple[str, str]:
        """The ID of the key that signs, and a new token of it."""
        with self._mutex:
            changed = self._file.changed()
            if changed is not None:
                self._keys.replace(changed)
            now = time.time()
            key_id = self._keys.current.signing(now).key_id
            return key_id, self._issuer.issue(ADA.user_id, ("viewer",), now=now, ttl_seconds=600)


class Load:
    """Threads that call with new tokens and, in turns, with those that they kept from the start."""

    def __init__(self, channels: list[grpc.Channel], tokens: Tokens) -> None:
        self.calls: list[Call] = []
        self._tokens = tokens
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(UserServiceStub(channels[number % CHANNELS]),))
            for number in range(THREADS)
        ]

    def was_answered(self, key_id: str, answer: str, *, since: float) -> bool:
        """Whether enough calls with that key's tokens were answered so, within a while."""

        def enough() -> bool:
            found = (call for call in list(self.calls) if call.began >= since)
            return Counter(call[:2] for call in found)[key_id, answer] >= CALLS_OF_EACH_STAGE

        return until(enough)

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _run(self, users: UserServiceStub) -> None:
        kept: list[tuple[str, str]] = []
        while not self._stopping.wait(PAUSE_SECONDS):
            new = self._tokens.new()
            if len(kept) < KEPT_TOKENS:
                kept.append(new)
            for key_id, token in (new, random.choice(kept)):  # noqa: S311  # no secret
                began = time.monotonic()
                answer = answer_to(users, token)
                self.calls.append(Call(key_id, answer, began, time.monotonic()))


def answer_to(users: UserServiceStub, token: str) -> str:
    try:
        users.GetMe(GetMeRequest(), metadata=bearer(token), timeout=10)
    except grpc.RpcError as refused:
        return error_of_call(refused).reason
    return ACCEPTED


@contextmanager
def channels_to_all_workers(server: Program) -> Iterator[list[grpc.Channel]]:
    """Connections of which every worker has one at least; the kernel deals them out."""
    port = int(server.address.rpartition(":")[2])
    for _ in range(50):
        channels = [
            grpc.insecure_channel(server.address, options=[("grpc.use_local_subchannel_pool", 1)])
            for _ in range(CHANNELS)
        ]
        try:
            for channel in channels:
                grpc.channel_ready_future(channel).result(timeout=10)
            if all(is_connected(worker, port) for worker in workers_of(server)):
                yield channels
                return
        finally:
            for channel in channels:
                channel.close()
    pytest.fail("one worker got all connections")


def is_connected(worker: psutil.Process, port: int) -> bool:
    return any(
        connection.status == psutil.CONN_ESTABLISHED and connection.laddr.port == port
        for connection in worker.net_connections("tcp")
    )


def keys(directory: Path, *arguments: str) -> None:
    done = run_command(["getme-server", "keys", *arguments, "--file", "keys.json"], directory, {})
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_rotation_under_load_refuses_no_good_token_and_accepts_no_retired_key(
    tmp_path: Path,
    people_database: str,
    algorithm: str,
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    keys(tmp_path, "generate", "--algorithm", algorithm)
    path = tmp_path / "keys.json"
    (old,) = key_ids(path)
    settings = {
        "GETME_STORE": people_database,
        "GETME_WORKERS": str(WORKERS),
        "GETME_SECRET_KEY": "",
        "GETME_KEYS_FILE": str(path),
    }
    with (
        start_server(tmp_path, settings) as server,
        channels_to_all_workers(server) as channels,
        Load(channels, Tokens(path)) as load,
    ):
        assert load.was_answered(old, ACCEPTED, since=0)
        keys(tmp_path, "rotate", "--wait", "1s")
        _, new = key_ids(path)
        assert load.was_answered(new, ACCEPTED, since=0)
        assert load.was_answered(old, ACCEPTED, since=signing_since(load, new))
        retiring = time.monotonic()
        keys(tmp_path, "retire", old, "--now")
        gone = time.monotonic() + TAKEN_UP_SECONDS
        assert load.was_answered(old, REFUSED, since=gone)
        assert load.was_answered(new, ACCEPTED, since=gone)
    wrongly_refused = [
        call
        for call in load.calls
        if call.answer != ACCEPTED
        and (call.answer != REFUSED or call.key_id != old or call.ended <= retiring)
    ]
    wrongly_accepted = [
        call
        for call in load.calls
        if call.answer == ACCEPTED and call.key_id == old and call.began >= gone
    ]
    last = max(call.began for call in load.calls if call[:2] == (old, ACCEPTED))
    seconds = round(last - (gone - TAKEN_UP_SECONDS), 2)
    record_testsuite_property(f"{algorithm}, old key accepted after the command, seconds", seconds)
    for (key_id, answer), count in Counter(call[:2] for call in load.calls).items():
        record_testsuite_property(
            f"{algorithm}, {'old' if key_id == old else 'new'} key, {answer}", count
        )
    assert (wrongly_refused, wrongly_accepted) == ([], [])


def signing_since(load: Load, key_id: str) -> float:
    return min(call.began for call in load.calls if call.key_id == key_id)
