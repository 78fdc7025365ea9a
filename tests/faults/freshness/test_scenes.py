"""Nobody is told old news for longer than a second, whatever happens to the servers.

What fails meanwhile is what cannot be answered: calls to a server that is not there.
"""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

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
from tests.faults.freshness.lengths import Lengths, again_and_again
from tests.faults.freshness.link import Link
from tests.faults.freshness.orders import CHANGE_PASSWORD
from tests.faults.freshness.scene import (
    CHANGES_PER_SECOND,
    CLIENTS_OF_B,
    SELDOM_CHANGES_PER_SECOND,
    Scene,
)
from tests.faults.freshness.verdict import assert_few, assert_undisturbed, judge
from tests.servers.redis import RedisServer

FROZEN_SECONDS = 5
AWAY_SECONDS = 1
RECOVERY_SECONDS = 2.0  # clients wait for a second between attempts to connect


@pytest.fixture(params=["sqlite", "cassandra"])
def of_each_kind(
    request: pytest.FixtureRequest, moderated_store: StoreWithModerator, tmp_path: Path
) -> Iterator[tuple[str, Installation]]:
    """The installation of the other scenes, and one on Cassandra without Redis."""
    if request.param == "sqlite":
        yield "sqlite", request.getfixturevalue("installation")
        return
    settings = server_settings(moderated_store("cassandra"))
    with installed(tmp_path, settings, Server(tmp_path, settings)) as installation:
        yield "cassandra", installation


def test_calm(of_each_kind: tuple[str, Installation], lengths: Lengths) -> None:
    kind, installation = of_each_kind
    pace = CHANGES_PER_SECOND if kind == "sqlite" else SELDOM_CHANGES_PER_SECOND
    with Scene(installation, changes_per_second=pace) as scene:
        scene.go_on(lengths.fault)
    report = judge(f"calm, {kind}", scene)
    assert_undisturbed(report)


def test_a_server_is_killed_and_comes_back(installation: Installation, lengths: Lengths) -> None:
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
    report = judge("a server is killed and comes back", scene)
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


def test_a_worker_is_frozen_and_goes_on(installation: Installation, lengths: Lengths) -> None:
    with Scene(installation) as scene:
        scene.go_on(lengths.calm)
        for number in again_and_again(lengths.fault):
            with installation.a.server.frozen_worker(number % 2):
                scene.go_on(FROZEN_SECONDS)
            scene.go_on(AWAY_SECONDS)
        back = time.monotonic()
        scene.go_on(lengths.fault)
        scene.go_on_until_remembered()
    report = judge("a worker is frozen for five seconds", scene)
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
    a = OddServer(installation.directory, installation.settings, "elsewhere")
    # What it takes back it takes back of the time before its own present, so that who has signed
    # in at another server since would be signed out as well: wall clocks have to agree for that.
    harmless = OWN_CHANGES - {CHANGE_PASSWORD.name}
    with with_another_a(installation, a) as there:
        with Scene(there, changes_of_a=harmless) as scene:
            for _ in range(3):  # so that it ends thirty seconds ahead
                scene.go_on(lengths.calm)
                a.signal(signal.SIGUSR1)
            scene.go_on(lengths.calm)
            scene.go_on_until_remembered()
        report = judge("clocks differ and jump", scene)
    assert_undisturbed(report)
