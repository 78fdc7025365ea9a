"""Attempts are counted for whom they are of, before anything is decided, and none is given back."""

import threading
from collections.abc import Callable

import pytest

from getme_server.accounts.attempts import Attempt
from getme_server.limiting.memory_windows import MemoryWindows
from getme_server.limiting.rates import read_rates
from getme_server.limiting.window_limits import WindowLimits
from tests.unit.limiting.taking import Clock, passed, passed_at_once, wait_seconds

HERE, THERE = "192.0.2.1", "198.51.100.7"


@pytest.fixture
def clock() -> Clock:
    return Clock()


NewLimits = Callable[..., WindowLimits]


@pytest.fixture
def new_limits(clock: Clock) -> NewLimits:
    def make(**given: str) -> WindowLimits:
        rates = read_rates(**{"password": "off", "account": "off", "address": "off"} | given)
        return WindowLimits(rates, MemoryWindows(clock), clock)

    return make


def test_of_a_hundred_attempts_at_once_as_many_as_the_limit_get_through(
    new_limits: NewLimits,
) -> None:
    assert passed_at_once([new_limits(password="10 per 10 minutes")], 100) == 10


class LookedAtTogether(MemoryWindows):
    """Its first hundred looks, by as many threads, all see what was there before any attempt."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self._first_looks = iter(range(100))
        self._together = threading.Barrier(100)

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        found = super().get_moving_window(key, limit, expiry)
        if next(self._first_looks, None) is not None:
            self._together.wait(30)
        return found


def test_of_attempts_that_all_found_room_no_more_than_the_limit_get_through(clock: Clock) -> None:
    rates = read_rates(password="10 per 10 minutes", account="off", address="off")
    limits = WindowLimits(rates, LookedAtTogether(clock), clock)
    assert passed_at_once([limits], 100) == 10


def test_attempts_are_let_through_again_when_the_first_is_out_of_the_window(
    new_limits: NewLimits, clock: Clock
) -> None:
    limits = new_limits(password="2 per minute")
    assert passed(limits, 1, account="ada") == 1
    clock.now += 20
    assert passed(limits, 2, account="ada") == 1
    wait = wait_seconds(limits, Attempt.PASSWORD, address=HERE, account="ada")
    assert wait == pytest.approx(40)
    clock.now += 39.9
    assert passed(limits, 1, account="ada") == 0
    clock.now += 0.2
    assert passed(limits, 2, account="ada") == 1


def test_a_wait_is_never_shorter_than_a_second(new_limits: NewLimits, clock: Clock) -> None:
    limits = new_limits(address="1 per minute")
    assert passed(limits, 1) == 1
    clock.now += 59.99
    assert wait_seconds(limits, Attempt.PASSWORD, address=HERE) == 1


def test_an_account_can_be_signed_in_elsewhere_while_one_address_is_over_its_limit(
    new_limits: NewLimits,
) -> None:
    limits = new_limits(password="10 per 10 minutes", account="12 per hour")
    assert passed(limits, 200, address=HERE, account="ada") == 10
    assert passed(limits, 5, address=THERE, account="ada") == 2


def test_an_account_has_a_limit_however_many_addresses_attack_it(new_limits: NewLimits) -> None:
    limits = new_limits(password="10 per 10 minutes", account="12 per hour")
    addresses = [f"192.0.2.{number}" for number in range(100)]
    assert sum(passed(limits, 1, address=address, account="ada") for address in addresses) == 12
    assert passed(limits, 1, address=HERE, account="bob") == 1


def test_an_address_over_its_limit_makes_no_windows_for_the_accounts_it_names(clock: Clock) -> None:
    windows = MemoryWindows(clock)
    rates = read_rates(password="10 per hour", account="10 per hour", address="3 per hour")
    limits = WindowLimits(rates, windows, clock)
    named = [passed(limits, 1, address=HERE, account=str(number)) for number in range(1_000)]
    assert sum(named) == 3
    assert windows.reset() == 1 + 2 * 3


def test_made_up_accounts_do_not_lift_the_limits_of_an_account(clock: Clock) -> None:
    rates = read_rates(password="2 per hour", account="off", address="3 per hour")
    limits = WindowLimits(rates, MemoryWindows(clock, max_windows=10), clock)
    assert passed(limits, 3, address=HERE, account="ada") == 2
    for number in range(1_000):
        passed(limits, 1, address=THERE, account=str(number))
    assert passed(limits, 1, address=HERE, account="ada") == 0


def test_made_up_accounts_do_not_lift_the_limit_of_an_address(clock: Clock) -> None:
    rates = read_rates(password="2 per hour", account="2 per hour", address="3 per hour")
    limits = WindowLimits(rates, MemoryWindows(clock, max_windows=10), clock)
    addresses = [HERE, *(f"198.51.100.{number}" for number in range(9))]
    for address in addresses:
        for number in range(3):
            assert passed(limits, 1, address=address, account=f"{number} of {address}") == 1
    assert [passed(limits, 1, address=address, account="ada") for address in addresses] == [0] * 10


def test_an_address_that_others_used_up_leaves_the_owner_of_an_account_its_attempts(
    new_limits: NewLimits, clock: Clock
) -> None:
    limits = new_limits(password="2 per hour", account="2 per hour", address="3 per minute")
    assert passed(limits, 3, address=HERE) == 3
    assert passed(limits, 10, address=HERE, account="ada") == 0
    clock.now += 61
    assert passed(limits, 3, address=HERE, account="ada") == 2


def test_an_account_over_its_limit_takes_nothing_from_addresses(new_limits: NewLimits) -> None:
    limits = new_limits(password="9 per hour", account="1 per hour", address="3 per hour")
    assert passed(limits, 50, address=HERE, account="ada") == 1
    assert passed(limits, 1, address=HERE, account="bob") == 1
    assert passed(limits, 2, address=HERE) == 1


def test_an_address_over_its_limit_takes_nothing_from_accounts(new_limits: NewLimits) -> None:
    limits = new_limits(account="1 per hour", address="3 per hour")
    assert passed(limits, 3, address=HERE) == 3
    assert passed(limits, 1, address=HERE, account="ada") == 0
    assert passed(limits, 1, address=THERE, account="ada") == 1


def test_one_account_attacked_from_an_address_leaves_that_address_to_the_others(
    new_limits: NewLimits,
) -> None:
    limits = new_limits(password="2 per hour", address="3 per hour")
    assert passed(limits, 50, address=HERE, account="ada") == 2
    assert passed(limits, 1, address=HERE, account="bob") == 1


def test_each_kind_of_attempt_is_counted_apart(new_limits: NewLimits) -> None:
    limits = new_limits(password="2 per hour", account="2 per hour", address="3 per hour")
    for attempt in (Attempt.REGISTER, Attempt.REFRESH, Attempt.PASSWORD):
        waits = [wait_seconds(limits, attempt, address=HERE) for _ in range(5)]
        assert waits.count(None) == 3


def test_only_passwords_are_counted_for_an_account(new_limits: NewLimits) -> None:
    limits = new_limits(password="1 per hour", account="1 per hour")
    for attempt in (Attempt.REGISTER, Attempt.REFRESH):
        waits = [wait_seconds(limits, attempt, address=HERE, account="ada") for _ in range(5)]
        assert waits.count(None) == 5
    assert passed(limits, 5, address=HERE, account="ada") == 1


def test_clients_of_unknown_address_share_one_limit(new_limits: NewLimits) -> None:
    limits = new_limits(address="3 per hour")
    assert passed(limits, 5, address="") == 3
    assert passed(limits, 1, address=HERE) == 1


def test_a_household_with_ipv6_has_one_limit(new_limits: NewLimits) -> None:
    limits = new_limits(address="3 per hour")
    within = [f"2001:db8:0:1::{number:x}" for number in range(1, 6)]
    assert sum(passed(limits, 1, address=address) for address in within) == 3
    assert passed(limits, 1, address="2001:db8:0:2::1") == 1


def test_off_lets_everything_through(new_limits: NewLimits) -> None:
    assert passed(new_limits(), 1_000, account="ada") == 1_000


def test_account_and_address_cannot_be_confused_with_others(new_limits: NewLimits) -> None:
    limits = new_limits(password="1 per hour")
    assert passed(limits, 1, address="192.0.2.1", account="ada") == 1
    assert passed(limits, 1, address="92.0.2.1", account="ada1") == 1
    assert passed(limits, 1, address="192.0.2.1", account="\ud800") == 1
