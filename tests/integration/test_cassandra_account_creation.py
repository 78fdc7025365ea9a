"""Making an account in two tables of Cassandra, interrupted wherever it can be.

The connection is a double that carries requests out on a real node, and fails before or after one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from operator import call
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from cassandra import ReadTimeout, WriteTimeout, WriteType
from cassandra.metadata import KeyspaceMetadata

from getme_server.accounts.account import Account, Credentials
from getme_server.accounts.errors import EmailTaken, StoreUnavailable, UserNotFound
from getme_server.accounts.store import AccountStore
from getme_server.deadline import Deadline
from getme_server.errors import InvalidField
from getme_server.stores.availability import Availability
from getme_server.stores.cassandra.account_creation import CassandraAccountCreation
from getme_server.stores.cassandra.account_store import STATEMENTS, CassandraAccountStore
from getme_server.stores.cassandra.answer import Rows
from getme_server.stores.cassandra.change_log import CassandraChangeLog
from getme_server.stores.cassandra.connection import CassandraConnection
from getme_server.stores.cassandra.statement import Statement
from getme_server.stores.location import CassandraLocation, read_location
from getme_server.stores.opening import nobody_follows, open_import_store
from tests.conftest import NO_LOGIN, NewStore
from tests.people import ADA, EMPTY, TIMELESS
from tests.rivals import person_with

SECONDS = 30
USUAL_REQUESTS = 4  # address and user ID are looked for, the user is written, the address is
WRITES_USER, WRITES_ADDRESS, READS_BACK = 3, 4, 5
OVERTAKEN_REQUESTS = 7  # and then read back, the user is looked for, and removed

Person = tuple[Account, Credentials]
CarryOut = Callable[[], Rows]
Fault = Callable[[CarryOut], Rows]


class Killed(BaseException):
    """The process of the creator ends here."""


def killed_before(_carry_out: CarryOut) -> Rows:
    raise Killed


def killed_after(carry_out: CarryOut) -> Rows:
    carry_out()
    raise Killed


def timed_out_before(_carry_out: CarryOut) -> Rows:
    raise StoreUnavailable("in time for nothing") from WriteTimeout("", write_type=WriteType.CAS)


def timed_out_after(carry_out: CarryOut) -> Rows:
    carry_out()
    raise StoreUnavailable("too late") from WriteTimeout("", write_type=WriteType.CAS)


def contended(_carry_out: CarryOut) -> Rows:
    raise StoreUnavailable("too many at once") from ReadTimeout("")


class FaultyConnection(CassandraConnection):
    """faults: by the number of the request, the first is 1."""

    def __init__(self, real: CassandraConnection, faults: Mapping[int, Fault]) -> None:
        self._real = real
        self._faults = faults
        self.asked = 0

    def rows(
        self,
        statement: Statement,
        values: Sequence[Any],
        deadline: Deadline,
        *,
        level: int | None = None,
    ) -> Rows:
        self.asked += 1
        carry_out = partial(self._real.rows, statement, values, deadline, level=level)
        fault = self._faults.get(self.asked)
        return carry_out() if fault is None else fault(carry_out)

    def keyspace(self) -> KeyspaceMetadata | None:
        return self._real.keyspace()


class Rivals(NamedTuple):
    """Two who want one address, of whom the first has a faulty connection."""

    connection: CassandraConnection
    store: AccountStore
    first: Person
    second: Person

    def create_first(self, faults: Mapping[int, Fault]) -> FaultyConnection:
        """Makes the account of the first with these faults."""
        faulty = FaultyConnection(self.connection, faults)
        CassandraAccountCreation(faulty).create(*self.first, Deadline(SECONDS))
        return faulty

    def overtaking(self, fault: Fault = call) -> Fault:
        """The second one comes between, and then the fault."""

        def overtaken(carry_out: CarryOut) -> Rows:
            self.store.create(*self.second, Deadline(SECONDS))
            return fault(carry_out)

        return overtaken

    def succeeds(self, person: Person) -> bool:
        """Whether that one, who tries now, gets the address."""
        try:
            self.store.create(*person, Deadline(SECONDS))
        except EmailTaken:
            return False
        return True

    def assert_owner(self, winner: Person, loser: Person) -> None:
        """The winner has both rows, and of the loser there is nothing."""
        account, _ = winner
        assert self.store.owner(account.email, Deadline(SECONDS)) == account.user_id
        assert self.store.account(account.user_id, Deadline(SECONDS)) == account
        with pytest.raises(UserNotFound):
            self.store.account(loser[0].user_id, Deadline(SECONDS))


@pytest.fixture(scope="module")
def location(new_store: NewStore) -> CassandraLocation:
    location = read_location(new_store("cassandra"))
    assert isinstance(location, CassandraLocation)
    return location


@pytest.fixture(scope="module")
def connection(location: CassandraLocation) -> Iterator[CassandraConnection]:
    way = CassandraConnection(
        location, NO_LOGIN, STATEMENTS, Availability(lambda: 0), speculative_delay_seconds=0
    )
    with closing(way):
        way.connect()
        yield way


@pytest.fixture
def rivals(connection: CassandraConnection, location: CassandraLocation) -> Rivals:
    email = f"{uuid4()}@example.org"
    changes = CassandraChangeLog(connection, nobody_follows)
    store = CassandraAccountStore(connection, location, changes)
    return Rivals(connection, store, person_with(email), person_with(email))


@pytest.mark.parametrize("next_one", ["the same again", "a rival"])
@pytest.mark.parametrize("fault", [killed_before, killed_after])
@pytest.mark.parametrize("request_number", range(1, USUAL_REQUESTS + 1))
def test_whoever_comes_first_after_a_crash_has_the_address_unless_it_was_made(
    rivals: Rivals, request_number: int, fault: Fault, next_one: str
) -> None:
    with pytest.raises(Killed):
        rivals.create_first({request_number: fault})
    was_made = (request_number, fault) == (USUAL_REQUESTS, killed_after)
    if next_one == "a rival":
        assert rivals.succeeds(rivals.second) is not was_made
        assert rivals.succeeds(rivals.first) is was_made
    else:
        assert rivals.succeeds(rivals.first)
        assert not rivals.succeeds(rivals.second)
    if was_made or next_one == "the same again":
        rivals.assert_owner(rivals.first, rivals.second)
    else:
        rivals.assert_owner(rivals.second, rivals.first)


@pytest.mark.parametrize("fault", [killed_before, killed_after])
@pytest.mark.parametrize("request_number", range(USUAL_REQUESTS + 1, OVERTAKEN_REQUESTS + 1))
def test_crash_of_one_who_was_overtaken_leaves_the_winner_alone(
    rivals: Rivals, request_number: int, fault: Fault
) -> None:
    with pytest.raises(Killed):
        rivals.create_first({USUAL_REQUESTS: rivals.overtaking(), request_number: fault})
    account, _ = rivals.second
    assert rivals.store.owner(account.email, Deadline(SECONDS)) == account.user_id
    assert not rivals.succeeds(rivals.first)
    rivals.assert_owner(rivals.second, rivals.first)


@pytest.mark.parametrize("fault", [call, timed_out_before, timed_out_after])
def test_one_who_is_overtaken_is_told_so_and_leaves_nothing(rivals: Rivals, fault: Fault) -> None:
    with pytest.raises(EmailTaken):
        rivals.create_first({USUAL_REQUESTS: rivals.overtaking(fault)})
    rivals.assert_owner(rivals.second, rivals.first)


def test_requests_are_as_many_as_these_tests_interrupt(rivals: Rivals) -> None:
    assert rivals.create_first({}).asked == USUAL_REQUESTS
    overtaken = FaultyConnection(rivals.connection, {1: lambda _carry_out: []})
    with pytest.raises(EmailTaken):
        CassandraAccountCreation(overtaken).create(*rivals.second, Deadline(SECONDS))
    assert overtaken.asked == OVERTAKEN_REQUESTS


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param({WRITES_USER: timed_out_after}, id="the user was written"),
        pytest.param({WRITES_USER: timed_out_before}, id="the user was not written"),
        pytest.param({WRITES_ADDRESS: timed_out_after}, id="the address was written"),
        pytest.param({WRITES_ADDRESS: timed_out_before}, id="the address was not written"),
        pytest.param(
            {WRITES_ADDRESS: timed_out_after, READS_BACK: contended},
            id="written, and not read back at once",
        ),
        pytest.param(
            {WRITES_ADDRESS: timed_out_before, READS_BACK: contended},
            id="not written, nor read back at once",
        ),
    ],
)
def test_write_of_unknown_outcome_is_settled(rivals: Rivals, faults: Mapping[int, Fault]) -> None:
    rivals.create_first(faults)
    assert not rivals.succeeds(rivals.second)
    rivals.assert_owner(rivals.first, rivals.second)


@pytest.mark.parametrize("stored", [EMPTY, TIMELESS, ADA], ids=["null cells", "odd dates", "Ada"])
def test_user_id_of_any_other_account_is_refused_and_costs_no_connection(
    location: CassandraLocation, rivals: Rivals, stored: Account
) -> None:
    with open_import_store(location, NO_LOGIN) as importing:
        importing.add_accounts([stored])
    account, credentials = rivals.first
    with pytest.raises(InvalidField):
        rivals.store.create(
            account._replace(user_id=stored.user_id),
            credentials._replace(user_id=stored.user_id),
            Deadline(SECONDS),
        )
    assert rivals.succeeds(rivals.second)
