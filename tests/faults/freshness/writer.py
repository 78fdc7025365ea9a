"""Changes users all the time, one change after the other for each of them, and writes down when.

After a change that was not answered nobody knows what its user is, and the change may still happen:
a request may lie in a frozen process. So nothing more is done to that user, whom others go on
asking about until somebody new takes the place.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence

from getme.v1 import auth_service_pb2
from tests.accounts import PASSWORD, new_email
from tests.faults.freshness import orders
from tests.faults.freshness.doors import Asking, Changing, NoAnswer, Stub
from tests.faults.freshness.history import Call, State, Version
from tests.faults.freshness.orders import METHODS, SHARES, Order, Wish, Wishing
from tests.faults.freshness.person import Person, new_name

TOKENS_EACH = 2


class People:
    """Who is asked about now, by places, and everybody who ever was."""

    def __init__(self) -> None:
        self.places: dict[int, Person] = {}
        self.everybody: list[Person] = []

    def put(self, place: int, person: Person) -> None:
        """Somebody new in a place."""
        self.everybody.append(person)
        self.places[place] = person


class Writer:
    """One of those who change users, each of whom has places of its own.

    ways: through which changes go. entrance: where people register and sign in. moderator: a
    token. record: takes each call that it makes itself. unanswered: what was not answered, of all
    that it asked for.
    """

    def __init__(  # noqa: PLR0913  # what it works with
        self,
        people: People,
        places: Sequence[int],
        *,
        ways: Sequence[Changing],
        entrance: Stub,
        moderator: str,
        record: Callable[[Call], None],
    ) -> None:
        self._people = people
        self._places = places
        self._ways = ways
        self._entrance = entrance
        self._moderator = moderator
        self._record = record
        self.unanswered: list[str] = []
        self._random = random.Random(places[0])  # noqa: S311  # no secret

    def populate(self) -> None:
        """Puts somebody in each place. Raises NoAnswer, Denied."""
        for place in self._places:
            self._people.put(place, self._new_person())

    def run(self, stopping: threading.Event, changes_per_second: float) -> None:
        """Makes one change after the other. Raises Denied if one is refused."""
        due = time.monotonic()
        for place in self._endless_places():
            if stopping.wait(max(0, due - time.monotonic())):
                return
            due = max(due + 1 / changes_per_second, time.monotonic())
            try:
                self._change(place)
            except NoAnswer as lost:
                self.unanswered.append(str(lost))

    def _endless_places(self) -> Iterator[int]:
        while True:
            yield from self._random.sample(self._places, len(self._places))

    def _change(self, place: int) -> None:
        person = self._people.places[place]
        if person.state.deleted or not person.versions.settled:
            self._people.put(place, self._new_person())
        elif person.state.suspended:
            self._make(person, orders.activate)
            self._sign_in(person)
        elif not person.good_tokens:
            self._sign_in(person)
        else:
            possible = [wishing for wishing in SHARES if self._ways_for(wishing)]
            shares = [SHARES[wishing] for wishing in possible]
            self._make(person, self._random.choices(possible, shares)[0])

    def _ways_for(self, wishing: Wishing) -> list[Changing]:
        return [way for way in self._ways if METHODS[wishing].name in way.changes]

    def _make(self, person: Person, wishing: Wishing) -> None:
        number = self._random.choice(person.good_tokens or [0])
        way = self._random.choice(self._ways_for(wishing))
        wish = wishing(person, number, self._moderator)
        self._carry_out(person, wish, way)
        person.password = wish.password
        if isinstance(way, Asking):
            ask(way, person, number, self._record)  # who made the change sees it at once

    def _carry_out(self, person: Person, wish: Wish, way: Changing) -> None:
        begun = time.monotonic()
        with person.versions.changing(wish.kind, wish.state, begun, way.name) as change:
            way.carry_out(wish.order)
            change.acknowledge(time.monotonic())

    def _new_person(self) -> Person:
        email, firstname = new_email(), new_name()
        request = auth_service_pb2.RegisterRequest(
            firstname=firstname, lastname="Example", email=email, password=PASSWORD
        )
        begun = time.monotonic()
        answer = self._entrance.answer(Order(orders.REGISTER, request))
        assert isinstance(answer, auth_service_pb2.RegisterResponse)
        made = Version("register", State(firstname), begun, time.monotonic())
        person = Person(answer.user_id, email, made)
        self._sign_in(person)
        return person

    def _sign_in(self, person: Person) -> None:
        request = auth_service_pb2.LoginRequest(email=person.email, password=person.password)
        for _ in range(TOKENS_EACH):
            answer = self._entrance.answer(Order(orders.LOGIN, request))
            assert isinstance(answer, auth_service_pb2.LoginResponse)
            person.tokens.append(answer.token)


def ask(client: Asking, person: Person, number: int, record: Callable[[Call], None]) -> None:
    """Asks with the token of that number, and writes down when, and what the answer was."""
    begun = time.monotonic()
    answer = client.get_me(person.tokens[number])
    record(Call(client.name, person.user_id, number, begun, time.monotonic(), answer))
