"""When calls are spared the wait for a store that does not answer."""

import pytest

from getme_server.accounts.errors import StoreUnavailable
from getme_server.stores.availability import Availability


class Clock:
    seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def availability(clock: Clock) -> Availability:
    return Availability(clock)


def test_store_counts_as_there_until_a_look_fails(availability: Availability) -> None:
    availability.require()
    assert availability.is_available
    availability.looked(answers=True, begun=99)
    availability.require()


def test_store_that_a_look_found_away_is_refused_at_once_until_one_finds_it_back(
    availability: Availability, clock: Clock
) -> None:
    availability.looked(answers=False, begun=99)
    with pytest.raises(StoreUnavailable):
        availability.require()
    clock.seconds += 7
    availability.looked(answers=False, begun=106)
    assert availability.away_seconds() == 8
    availability.looked(answers=True, begun=107)
    availability.require()
    assert availability.away_seconds() == 0


def test_answers_are_known_by_what_was_asked(availability: Availability, clock: Clock) -> None:
    begun = availability.moment()
    clock.seconds += 1
    availability.answered("users")
    assert availability.was_answered("users", since=begun)
    assert not availability.was_answered("users", since=clock.seconds)
    assert not availability.was_answered("credentials", since=begun)


def test_late_answer_of_an_old_call_does_not_bring_the_store_back(
    availability: Availability,
) -> None:
    availability.looked(answers=False, begun=99)
    availability.answered("users")
    assert not availability.is_available
