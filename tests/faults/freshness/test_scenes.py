"""Nobody is told old news for longer than a second, whatever happens to the servers.

What fails meanwhile is what cannot be answered: calls to a server that is not there.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import NamedTuple

import pytest

from tests.faults.freshness.conftest import StoreWithModerator
from tests.faults.freshness.doors import CALL_SECONDS, OWN_CHANGES
from tests.faults.freshness.installation import (
    Installation,
    OddServer,
    Server,
    installed,
    server_settings,
    with_another_a,
)
from tests.faults.freshness.lengths import BRIEF, Lengths, again_and_again, is_long
from tests.faults.freshness.link import Link
from tests.faults.freshness.odd_server import WALL_SECONDS_AHEAD
from tests.faults.freshness.orders import CHANGE_PASSWORD
from tests.faults.freshness.scene import CLIENTS_OF_B, Scene
from tests.faults.freshness.verdict import assert_few, assert_undisturbed, judge
from tests.faults.freshness.wall_clock import jump
from tests.servers.redis import RedisServer

AWAY_SECONDS = 1
RECOVERY_SECONDS = 2.0  # clients wait for a second between attempts to connect


class Kind(NamedTuple):
    """What an installation stands on. lengths: of a fault there. store_link: server a's, if any."""

    name: str
    installation: Installation
    lengths: Lengths
    store_link: Link | None = None


@pytest.fixture(scope="module", params=["sqlite with redis", "sqlite", "cassandra"])
def kind(
    request: pytest.FixtureRequest,
    lengths: Lengths,
    moderated_store: StoreWithModerator,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Kind]:
    """The installation of the other scenes, and one on either store without Redis."""
    name: str = request.param
    if name == "sqlite with redis":
        yield Kind(name, request.getfixturevalue("installation"), lengths)
        return
    directory, store = tmp_path_factory.mktemp(name), moderated_store(name)
    settings = server_settings(store)
    with ExitStack() as stack:
        link = None
        if name == "cassandra":
            place = store.split("/")[2]
            link = stack.enter_context(Link(place))
            store = store.replace(place, link.address)
        a = Server(directory, settings | {"GETME_STORE": store})
        installation = stack.enter_context(installed(directory, settings, a))
        yield Kind(name, installation, lengths if is_long() else BRIEF, link)


@pytest.mark.parametrize("kind", ["sqlite with redis", "cassandra"], indirect=True)
def test_calm(kind: Kind, lengths: Lengths) -> None:
    with Scene(kind.installation) as scene:
        scene.go_on(lengths.fault)
    report = judge(f"calm, {kind.name}", scene)
    assert_undisturbed(report)


def test_a_server_is_killed_and_comes_back(kind: Kind) -> None:
    _, installation, lengths, _ = kind
    with Scene(installation) as scene:
        scene.go_on(lengths.calm)
        for _ in again_and_again(lengths.fault):
            installation.a.server.kill()
            scene.go_on(AWAY_SECONDS)
            installation.a.server.start()
            scene.go_on(AWAY_SECONDS)
        back = time.monotonic()
        scene.go_on(lengths.fault)
        scene.go_on_until_remembered()
    report = judge(f"a server is killed, {kind.name}", scene)
    assert_few(report.failed_of(*CLIENTS_OF_B), report)
    assert_few(report.failed_after(back + RECOVERY_SECONDS), report)


@pytest.mark.parametrize("kind", ["cassandra"], indirect=True)
def test_a_server_is_cut_off_from_its_store(kind: Kind) -> None:
    _, installation, lengths, link = kind
    assert link is not None
    with Scene(installation) as scene:
        scene.go_on_until_remembered()
        with link.frozen():
            scene.go_on(2 * lengths.fault)
        back = time.monotonic()
        scene.go_on(lengths.fault)
        scene.go_on_until_remembered()
    report = judge("a server is cut off from its store", scene)
    assert_few(report.failed_of(*CLIENTS_OF_B), report)
    assert_few(report.failed_after(back + RECOVERY_SECONDS), report)


def test_redis_is_killed_and_comes_back(
    installation: Installation, redis: RedisServer, lengths: Lengths
) -> None:
    with Scene(installation) as scene:
        scene.go_on(lengths.calm)
        redis.kill()
        scene.go_on(lengths.fault)
        redis.start()
        scene.go_on(lengths.calm)
        scene.go_on_until_remembered()
    report = judge("Redis is killed and comes back", scene)
    assert_undisturbed(report)


def test_a_server_that_makes_changes_is_cut_off_from_redis(
    installation: Installation, link_to_redis: Link, lengths: Lengths
) -> None:
    with Scene(installation) as scene:
        scene.go_on(lengths.calm)
        with link_to_redis.frozen():
            scene.go_on(lengths.fault)
        scene.go_on(lengths.calm)
        scene.go_on_until_remembered()
    report = judge("a server is cut off from Redis", scene)
    assert_undisturbed(report)


def test_a_worker_is_frozen_and_goes_on(kind: Kind) -> None:
    _, installation, lengths, _ = kind
    with Scene(installation) as scene:
        scene.go_on(lengths.calm)
        for number in again_and_again(lengths.fault):
            with installation.a.server.frozen_worker(number % 2):
                scene.go_on(lengths.frozen)
            scene.go_on(AWAY_SECONDS)
        back = time.monotonic()
        scene.go_on(lengths.fault)
        scene.go_on_until_remembered()
    report = judge(f"a worker is frozen, {kind.name}", scene)
    assert_few(report.failed_of(*CLIENTS_OF_B), report)
    assert_few(report.failed_after(back + RECOVERY_SECONDS), report)


def test_a_gateway_is_frozen_and_goes_on(installation: Installation, lengths: Lengths) -> None:
    with Scene(installation) as scene:
        scene.go_on(lengths.calm)
        for _ in again_and_again(lengths.fault):
            with installation.b.frozen_gateway():
                scene.go_on(AWAY_SECONDS + CALL_SECONDS / 2)
            scene.go_on(AWAY_SECONDS)
        scene.go_on_until_remembered()
    report = judge("a gateway is frozen", scene)
    assert_undisturbed(report)


def test_the_clocks_of_a_server_are_those_of_another_machine_and_jump(
    installation: Installation, lengths: Lengths
) -> None:
    leeway = {"GETME_TOKEN_LEEWAY": "60s"}  # for tokens of others, which its own clock is behind
    a = OddServer(installation.directory, {**installation.settings, **leeway}, "elsewhere")
    # What it takes back it takes back of the time before its own present, so that who has signed
    # in at another server since would be signed out as well: wall clocks have to agree for that.
    harmless = OWN_CHANGES - {CHANGE_PASSWORD.name}
    with with_another_a(installation, a) as there:
        with Scene(there, changes_of_a=harmless) as scene:
            for ahead in WALL_SECONDS_AHEAD:
                scene.go_on(lengths.calm)
                jump(a, ahead)
            scene.go_on(lengths.calm)
            scene.go_on_until_remembered()
        report = judge("clocks differ and jump", scene)
    assert_undisturbed(report)
