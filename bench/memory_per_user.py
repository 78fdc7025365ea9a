"""How many bytes each remembered user takes, measured and as the caches weigh them.

A program of its own fills one memory and prints JSON:
`python -m bench.memory_per_user --memory answers --entries 1000000`. Measured is what the process
has grown by (RSS); a cache keeps itself within its bounds by what it weighs, so the two should
agree. All texts are made anew for each entry, as those are that come from a store or a network.
"""

import argparse
import gc
import json
import random
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from typing import NamedTuple

import psutil

from bench.load import LoadFailed
from bench.people import SECRET_KEY, token
from bench.program import LOAD_CORE, clean_environment, pinned_to
from getme.feed import Feed
from getme.remembered import Memory, Remembered
from getme.v1.user_service_pb2 import (
    Freshness,
    GetMeRequest,
    GetMeResponse,
    WatchInvalidationsResponse,
)
from getme_gateway.remembered_endpoint import GET_ME
from getme_gateway.rpc_answer import RpcAnswer
from getme_gateway.transcoding.annotations import rpc_routes
from getme_gateway.transcoding.json_names import JsonNames
from getme_gateway.wiring import CONTRACT
from getme_server.accounts.account import Account, account_of_row
from getme_server.accounts.standing import Seen, Standing
from getme_server.deadline import Deadline
from getme_server.freshness.ready_answers import ReadyAnswers
from getme_server.freshness.remembered_standings import RememberedStandings
from getme_server.servicers.messages import etag_of, user_message
from getme_server.tokens.claims import AccessClaims
from getme_server.tokens.key_ring import KeyRing
from getme_server.tokens.secret_keys import secret_keys

DEFAULT_ENTRIES = 1_000_000
_MAX_BYTES = 2**40  # more than there will be
_TIMEOUT_SECONDS = 600
_DAY_SECONDS = 86_400
_SEED = 7  # the same users in every run
_ROOM_PER_ENTRY_BYTES = 16_000  # more than any takes; so that a small machine fills less
_LOG_ID = "0f3a8c52-7c1d-4f6e-9a57-1f6f0f2b9c11"
_LASTNAME = b"Lovelace"
_CREATED_MILLISECONDS = 1_761_906_600_000


class PerUser(NamedTuple):
    """Bytes for each entry. weighed: as the cache counts them."""

    title: str
    entries: int
    measured: float
    weighed: float


def measure_memory(entries: int) -> list[PerUser]:
    """A row for each of MEMORIES, filled with so many entries. Raises LoadFailed.

    With fewer where the machine's memory is short.
    """
    fitting = psutil.virtual_memory().available // _ROOM_PER_ENTRY_BYTES
    return [_run(name, min(entries, fitting)) for name in MEMORIES]


def _run(name: str, entries: int) -> PerUser:
    command = [*pinned_to(LOAD_CORE), sys.executable, "-m", "bench.memory_per_user"]
    finished = subprocess.run(
        [*command, "--memory", name, "--entries", str(entries)],
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_SECONDS,
        check=False,
    )
    if finished.returncode != 0:
        raise LoadFailed(f"memory of {name}: {finished.stderr or finished.stdout}")
    answer = json.loads(finished.stdout.splitlines()[-1])
    return PerUser(MEMORIES[name].title, entries, answer["measured"], answer["weighed"])


class Filled(NamedTuple):
    """A memory and what it says of itself. bytes: by its own weights."""

    memory: object
    entries: int
    bytes: int


class _Quiet:
    """A log of changes in which nothing happens."""

    def position_of(self, _user_id: uuid.UUID) -> int:
        return 1

    def covers(self, _user_id: uuid.UUID, _position: int, *, at: float) -> bool:  # noqa: ARG002 - the protocol's name
        return True


class _People:
    """Makes a user for each ID, with texts of its own."""

    def standing(
        self,
        user_id: uuid.UUID,
        deadline: Deadline,  # noqa: ARG002 - the protocol's names
        *,
        max_staleness_seconds: float | None = None,  # noqa: ARG002 - likewise
    ) -> Standing:
        return Standing(_account(user_id), is_locked=False)


def _account(user_id: uuid.UUID) -> Account:
    email = f"ada.lovelace.{user_id.int % 10**7:07}@example.com"
    texts = (b"Ada".decode(), _LASTNAME.decode(), email, b"active".decode())
    created = _CREATED_MILLISECONDS + user_id.int % 10**6
    return account_of_row(user_id, (*texts, created, created + 1))


class _Made:
    """Tokens and answers of as many users as are asked for, in a microsecond each.

    All as long as real ones: what names the user is put into one that is real.
    """

    def __init__(self, freshness: Freshness | None = None) -> None:
        self._random = random.Random(_SEED)  # noqa: S311 - IDs, not keys
        self._id = uuid.UUID(int=self._random.getrandbits(128))
        self._token = token(str(self._id), now=int(time.time()), number=1)
        user = user_message(_account(self._id))
        answer = GetMeResponse(user=user, etag=etag_of(user), roles=["viewer"], freshness=freshness)
        self._answer = answer.SerializeToString()

    def next(self) -> tuple[uuid.UUID, str, bytes]:
        """A user ID, a token and an answer."""
        user_id = uuid.UUID(int=self._random.getrandbits(128))
        made = self._answer.replace(str(self._id).encode(), str(user_id).encode())
        return user_id, self._token[: -len(user_id.hex)] + user_id.hex, made


def fill_users(entries: int) -> Filled:
    """The server's users."""
    standings = RememberedStandings(
        _People(),
        _Quiet(),
        ttl_seconds=_DAY_SECONDS,
        max_bytes=_MAX_BYTES,
        looked_up=lambda _found: None,
        clock=time.monotonic,
    )
    deadline = Deadline(_DAY_SECONDS)
    numbers = random.Random(_SEED)  # noqa: S311 - IDs, not keys
    for _ in range(entries):
        standings.standing(uuid.UUID(int=numbers.getrandbits(128)), deadline)
    return Filled(standings, standings.memory.entries, standings.memory.bytes)


def fill_answers(entries: int) -> Filled:
    """The server's answers, by tokens."""
    keys = secret_keys(SECRET_KEY)
    answers = ReadyAnswers(
        _Quiet(),
        KeyRing(keys),
        max_bytes=_MAX_BYTES,
        monotonic=time.monotonic,
        wall_clock=time.time,
    )
    now = time.time()
    made = _Made()
    for number in range(entries):
        user_id, its_token, answer = made.next()
        expires = now + _DAY_SECONDS + number % 60
        answers.keep(
            its_token,
            answer,
            claims=AccessClaims(user_id, (), "", now, expires, None, "", ()),
            seen=Seen(1, now, time.monotonic() + _DAY_SECONDS),
            place=1,
            keys=keys,
        )
    return Filled(answers, answers.memory.entries, answers.memory.bytes)


def fill_client(entries: int) -> Filled:
    """A client's answers, with the users that were made of them."""

    def use(answer: Remembered) -> None:
        assert answer.user.email

    return _fill_memory(entries, use)


def fill_gateway(entries: int) -> Filled:
    """The gateway's answers, with the HTTP answers that were made of them."""
    (route,) = (each for each in rpc_routes(CONTRACT) if each.rpc.full_name == GET_ME)
    made = RpcAnswer(route, names=JsonNames.COLUMNS, max_age_seconds=60)

    def use(answer: Remembered) -> None:
        answer.extra = made.versioned(answer.response)

    return _fill_memory(entries, use)


def _fill_memory(entries: int, use: Callable[[Remembered], None]) -> Filled:
    feed = Feed()
    feed.take(
        WatchInvalidationsResponse(log_id=_LOG_ID, position=1), told_before="", renewed=time.time()
    )
    memory = Memory(feed, _MAX_BYTES)
    freshness = Freshness(log_id=_LOG_ID, position=1)
    freshness.usable_for.FromSeconds(_DAY_SECONDS)
    freshness.age.FromMilliseconds(7)
    made = _Made(freshness)
    for _ in range(entries):
        _, its_token, answer = made.next()
        asking = memory.ask(its_token, GetMeRequest())
        use(memory.keep(asking, GetMeResponse.FromString(answer)))
    return Filled(memory, memory.entries, memory.size_bytes)


class _Filling(NamedTuple):
    title: str
    fill: Callable[[int], Filled]


MEMORIES = {
    "users": _Filling("server: a user", fill_users),
    "answers": _Filling("server: an answer, by its token", fill_answers),
    "client": _Filling("client: an answer and its user, by its token", fill_client),
    "gateway": _Filling("gateway: an answer and its JSON, by its token", fill_gateway),
}


def main() -> None:
    """Reads the command line, fills, prints."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--memory", choices=MEMORIES, required=True)
    parser.add_argument("--entries", type=int, default=DEFAULT_ENTRIES)
    chosen = parser.parse_args()
    fill = MEMORIES[chosen.memory].fill
    fill(1)  # so that what is made once does not count
    process = psutil.Process()
    gc.collect()
    gc.disable()  # it would look at millions of objects again and again; there are no cycles
    before = process.memory_info().rss
    filled = fill(chosen.entries)
    grown = process.memory_info().rss - before
    if filled.entries != chosen.entries:
        sys.exit(f"{filled.entries} of {chosen.entries} entries were kept")
    answer = {"measured": grown / chosen.entries, "weighed": filled.bytes / chosen.entries}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
