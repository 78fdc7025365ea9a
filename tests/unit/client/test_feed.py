"""What streams tell a client: alone, one after the other, and two at once in any order."""

from dataclasses import dataclass, field

from google.protobuf.duration_pb2 import Duration
from hypothesis import given, settings
from hypothesis import strategies as st

from getme.feed import LEASE_SECONDS, Feed, Stream
from getme.lease import Lease
from getme.v1.user_service_pb2 import WatchInvalidationsResponse

ADA, GRACE = b"a" * 16, b"g" * 16


def told(
    position: int,
    *users: bytes,
    known_until: float = 0.0,
    log_id: str = "log-1",
    gap: bool = False,
) -> WatchInvalidationsResponse:
    duration = Duration()
    duration.FromNanoseconds(round(known_until * 1e9))
    return WatchInvalidationsResponse(
        log_id=log_id, position=position, user_ids=users, known_until=duration, gap=gap
    )


def following(position: int = 5) -> tuple[Feed, Stream]:
    """A feed and its stream, whose start marker came at once at the moment 100."""
    feed = Feed()
    stream = feed.stream(asked_at=100.0)
    stream.take(told(position), at=100.0)
    return feed, stream


def test_nothing_is_known_and_nothing_named_before_the_first_stream() -> None:
    feed = Feed()
    request = feed.stream(asked_at=0.0).request
    assert (request.log_id, request.position) == ("", 0)
    assert not feed.lease.covers(ADA, 0, at=0.0)


def test_lease_is_counted_from_when_the_stream_was_asked_for() -> None:
    feed = Feed()
    feed.stream(asked_at=100.0).take(told(5, known_until=2.0), at=103.0)
    assert feed.lease.ends == 102.0 + LEASE_SECONDS


def test_moment_before_the_request_is_told_as_such() -> None:
    feed = Feed()
    feed.stream(asked_at=100.0).take(told(5, known_until=-0.3), at=100.0)
    assert feed.lease.ends == 99.7 + LEASE_SECONDS


def test_clock_that_runs_ahead_lengthens_no_lease() -> None:
    feed = Feed()
    feed.stream(asked_at=100.0).take(told(5, known_until=50.0), at=101.0)
    assert feed.lease.ends == 101.0 + LEASE_SECONDS


def test_message_that_was_held_up_renews_nothing() -> None:
    feed, stream = following()
    stream.take(told(5, known_until=1.0), at=160.0)
    assert not feed.lease.covers(ADA, 5, at=160.0)


def test_change_voids_its_user_alone() -> None:
    feed, stream = following()
    stream.take(told(6, ADA, known_until=0.1), at=100.1)
    assert not feed.lease.covers(ADA, 5, at=100.1)
    assert feed.lease.covers(ADA, 6, at=100.1)
    assert feed.lease.covers(GRACE, 5, at=100.1)
    assert feed.invalidations == 2  # the start marker's gap is one


def test_gap_voids_everybody() -> None:
    feed, stream = following()
    stream.take(told(6, gap=True), at=100.1)
    assert not feed.lease.covers(GRACE, 5, at=100.1)


def test_next_stream_names_what_is_known_and_voids_nothing() -> None:
    feed, _ = following()
    second = feed.stream(asked_at=101.0)
    assert (second.request.log_id, second.request.position) == ("log-1", 5)
    second.take(told(6, GRACE), at=101.0)
    assert feed.lease.covers(ADA, 5, at=101.0)


def test_other_log_voids_all_that_was_remembered_under_the_one_before() -> None:
    feed, stream = following()
    before = feed.lease
    stream.take(told(5, log_id="log-2"), at=100.1)
    assert feed.log_id == "log-2"
    assert feed.lease is not before
    assert not before.covers(ADA, 5, at=100.1)
    stream.take(told(5), at=100.2)
    assert feed.lease is not before
    assert not before.covers(ADA, 5, at=100.2)


def test_older_stream_shortens_no_lease_and_takes_no_position_back() -> None:
    feed, older = following()
    newer = feed.stream(asked_at=101.0)
    newer.take(told(9), at=101.0)
    older.take(told(7, ADA, known_until=0.5), at=101.1)
    assert (feed.lease.position, feed.lease.ends) == (9, 101.0 + LEASE_SECONDS)
    assert not feed.lease.covers(ADA, 6, at=101.1)
    assert feed.stream(asked_at=102.0).request.position == 9


def test_stream_that_named_nothing_voids_what_the_other_one_told() -> None:
    feed = Feed()
    first, second = feed.stream(asked_at=100.0), feed.stream(asked_at=100.0)
    first.take(told(5), at=100.1)
    # Somebody changed at 6. To the second stream, which named nothing, that is before its start.
    second.take(told(7, known_until=0.2), at=100.2)
    assert not feed.lease.covers(ADA, 5, at=100.2)
    assert feed.lease.covers(ADA, 7, at=100.2)


def test_end_voids_everything() -> None:
    feed, _ = following()
    lease = feed.lease
    feed.end()
    assert not lease.covers(ADA, 5, at=100.0)
    assert feed.log_id == ""


def test_lag_is_told() -> None:
    feed = Feed()
    lags: list[float] = []
    feed.on_lag = lags.append
    feed.stream(asked_at=100.0).take(told(5, known_until=0.5), at=101.0)
    assert lags == [0.5]


@dataclass
class Sent:
    """A stream as its worker sees it, with what is on the way to the client."""

    worker: int
    stream: Stream
    arrived_at: float
    told: int
    messages: list[WatchInvalidationsResponse] = field(default_factory=list)


class World:
    """A log, two workers that poll it now and then, and a client who follows up to two streams.

    Each step takes half a second, and the lease six steps.
    """

    def __init__(self) -> None:
        self.now = 100.0
        self.log: list[tuple[float, bytes]] = []
        self.polled = [(0, self.now), (0, self.now)]  # up to where in the log, and when
        self.feed = Feed(lease_seconds=3.0)
        self.sent: list[Sent] = []
        self.remembered: list[tuple[Lease[bytes], bytes, int, int]] = []

    def change(self, _worker: int, user: bytes) -> None:
        self.log.append((self.now, user))

    def poll(self, worker: int, _user: bytes) -> None:
        self.polled[worker] = (len(self.log), self.now)

    def open(self, worker: int, _user: bytes) -> None:
        if len(self.sent) < 2:
            stream = self.feed.stream(asked_at=self.now)
            named = stream.request
            start = named.position if named.log_id else self.polled[worker][0]
            self.sent.append(Sent(worker, stream, self.now + 0.1, start))

    def close(self, worker: int, _user: bytes) -> None:
        self.sent = [sent for sent in self.sent if sent.worker != worker]

    def send(self, worker: int, _user: bytes) -> None:
        position, moment = self.polled[worker]
        for sent in self.sent:
            if sent.worker == worker:
                users = [user for _, user in self.log[sent.told : position]]
                message = told(position, *users, known_until=moment - sent.arrived_at)
                sent.messages.append(message)
                sent.told = max(sent.told, position)

    def receive(self, worker: int, _user: bytes) -> None:
        for sent in self.sent:
            if sent.worker == worker and sent.messages:
                sent.stream.take(sent.messages.pop(0), at=self.now)

    def tell(self, worker: int, user: bytes) -> None:
        self.poll(worker, user)
        self.send(worker, user)
        self.receive(worker, user)

    def remember(self, worker: int, user: bytes) -> None:
        position, _ = self.polled[worker]
        lease = self.feed.lease
        self.remembered.append((lease, user, min(position, lease.position), position))

    def stale_seconds(self) -> float:
        """For how long the worst answer that may be used has been wrong."""
        changed = (
            at
            for lease, user, position, read in self.remembered
            if lease.covers(user, position, at=self.now)
            for at, who in self.log[read:]
            if who == user
        )
        return self.now - min(changed, default=self.now)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["change", "poll", "open", "close", "send", "receive", "tell", "tell", "remember"]
        ),
        st.integers(0, 1),
        st.sampled_from([ADA, GRACE]),
    ),
    min_size=10,
    max_size=40,
)


@settings(max_examples=500)
@given(steps=STEPS)
def test_nothing_that_may_be_used_has_been_wrong_for_longer_than_the_lease(
    steps: list[tuple[str, int, bytes]],
) -> None:
    world = World()
    world.open(0, ADA)
    world.open(1, ADA)
    for what, worker, user in steps:
        world.now += 0.5
        getattr(world, what)(worker, user)
        assert world.stale_seconds() <= 3.0
