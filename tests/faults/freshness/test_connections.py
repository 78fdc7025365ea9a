"""Nobody is told old news for longer than a second, whatever happens to connections.

Server a changes users meanwhile, and so does server b, of whose changes the clients that are cut
off from server a hear nothing.
"""

import random
import time

from tests.faults.freshness.installation import Installation
from tests.faults.freshness.lengths import Lengths, again_and_again
from tests.faults.freshness.scene import CLIENTS_OF_B, Scene
from tests.faults.freshness.verdict import assert_few, assert_undisturbed, judge

SLOW_SECONDS = 0.6
GIVEN_UP_SECONDS = 20.0  # clients ping after 12 s and wait for 5; the rest is for reconnecting


def test_a_connection_is_frozen_and_goes_on(installation: Installation, lengths: Lengths) -> None:
    with Scene(installation) as scene:
        scene.go_on(lengths.calm)
        with installation.link.frozen():
            scene.go_on(lengths.fault)
        back = time.monotonic()
        scene.go_on(lengths.calm)
        scene.go_on_until_remembered()
    report = judge("a connection is frozen", scene)
    assert_few(report.failed_after(back), report)
    assert_few(report.failed_of(*CLIENTS_OF_B, "stub a"), report)


def test_a_connection_is_frozen_for_a_moment_again_and_again(
    installation: Installation, lengths: Lengths
) -> None:
    chance = random.Random(1)  # noqa: S311  # no secret
    with Scene(installation) as scene:
        for _ in again_and_again(lengths.fault):
            with installation.link.frozen():
                scene.go_on(chance.uniform(0.2, 1.4))
            scene.go_on(chance.uniform(0.1, 0.9))
        scene.go_on_until_remembered()
    report = judge("a connection is frozen again and again", scene)
    assert_undisturbed(report)


def test_connections_are_half_open(installation: Installation, lengths: Lengths) -> None:
    with Scene(installation) as scene:
        scene.go_on(lengths.calm)
        installation.link.lose()
        lost = time.monotonic()
        scene.go_on(lengths.fault)
        end = time.monotonic()
        installation.link.reset()  # of what is still half-open, for the next scene
    report = judge("connections are half-open", scene)
    late = [call for call in report.failed_after(lost + GIVEN_UP_SECONDS) if call.ended < end]
    assert_few(late, report)
    assert_few(report.failed_of(*CLIENTS_OF_B, "stub a"), report)


def test_connections_are_reset_again_and_again(
    installation: Installation, lengths: Lengths
) -> None:
    with Scene(installation) as scene:
        for _ in again_and_again(lengths.fault):
            installation.link.reset()
            scene.go_on(1)
        scene.go_on_until_remembered()
    report = judge("connections are reset again and again", scene)
    assert_few(report.failed_of(*CLIENTS_OF_B, "stub a"), report)


def test_a_connection_is_slow(installation: Installation, lengths: Lengths) -> None:
    with Scene(installation) as scene:
        scene.go_on(lengths.calm)
        with installation.link.slow(SLOW_SECONDS):
            scene.go_on(lengths.fault)
        scene.go_on(lengths.calm)
        scene.go_on_until_remembered()
    report = judge("a connection is slow", scene)
    assert_undisturbed(report)
