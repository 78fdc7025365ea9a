"""When a client asks for a stream, and when it lets one go."""

import pytest

from getme.feed import Feed, Stream
from getme.following import (
    FIRST_PAUSE_SECONDS,
    LONGEST_PAUSE_SECONDS,
    REPLACE_SECONDS,
    SILENT_SECONDS,
    SLOW_MARKER_SECONDS,
    UNSERVED_SECONDS,
    Following,
)
from getme.v1.user_service_pb2 import WatchInvalidationsResponse

MESSAGE = WatchInvalidationsResponse(log_id="log-1", position=5)
START = 1_000.0


def asked(following: Following, *, at: float) -> Stream:
    stream = following.due(at=at)
    assert stream is not None
    following.needs_connection = False  # as its caller does
    return stream


def followed(*, marker_after: float = 0.0) -> tuple[Following, Stream]:
    """What follows a stream, whose start marker has come."""
    following = Following(Feed(), at=START)
    stream = asked(following, at=START)
    assert following.message(stream, MESSAGE, at=START + marker_after)
    return following, stream


def heard_until(following: Following, stream: Stream, at: float) -> None:
    assert not following.message(stream, MESSAGE, at=at)


def test_first_stream_is_asked_for_at_once_and_over_a_connection_of_its_own() -> None:
    following = Following(Feed(), at=START)
    assert following.needs_connection
    assert following.due(at=START) is not None
    assert following.due(at=START) is None  # one is enough


def test_stream_is_replaced_in_time_and_followed_until_the_next_one_speaks() -> None:
    following, old = followed()
    heard_until(following, old, START + REPLACE_SECONDS - 0.1)
    assert following.due(at=START + REPLACE_SECONDS - 0.1) is None
    assert following.wake_at() == START + REPLACE_SECONDS
    new = asked(following, at=START + REPLACE_SECONDS)
    assert (new.request.log_id, new.request.position) == ("log-1", 5)
    assert following.follows(old)
    assert following.follows(new)
    assert following.message(new, MESSAGE, at=START + REPLACE_SECONDS + 0.1)
    assert not following.follows(old)
    assert following.follows(new)


def test_slow_start_marker_has_the_stream_replaced_soon_but_ever_less_so() -> None:
    late = SLOW_MARKER_SECONDS + 0.1
    following, stream = followed(marker_after=late)
    at, pauses = START + late, []
    for _ in range(12):
        heard_until(following, stream, at)
        begun = at
        while (new := following.due(at=at)) is None:
            at = following.wake_at()
            heard_until(following, stream, at)
        pauses.append(at - begun)
        stream, at = new, at + late
        following.message(stream, MESSAGE, at=at)
    assert pauses == pytest.approx(
        [min(0.1 * 2.0**n, REPLACE_SECONDS) for n in range(12)], rel=1e-3
    )


def test_ended_stream_is_asked_for_again_after_pauses_that_grow_to_a_limit() -> None:
    following, stream = followed()
    at, pauses = START, []
    for _ in range(8):
        following.ended(stream, at=at, unserved=False)
        pauses.append(following.wake_at() - at)
        at = following.wake_at()
        stream = asked(following, at=at)
    assert 0.7 * FIRST_PAUSE_SECONDS <= pauses[0] <= FIRST_PAUSE_SECONDS
    assert 0.7 * LONGEST_PAUSE_SECONDS <= pauses[-1] <= LONGEST_PAUSE_SECONDS


def test_stream_that_lived_long_has_the_next_one_asked_for_after_a_short_pause() -> None:
    following, stream = followed()
    for _ in range(5):
        following.ended(stream, at=START, unserved=False)
        stream = asked(following, at=following.wake_at())
    at = stream.asked_at + REPLACE_SECONDS - 1
    following.message(stream, MESSAGE, at=at)
    following.ended(stream, at=at, unserved=False)
    assert following.wake_at() - at <= FIRST_PAUSE_SECONDS


def test_server_that_does_not_know_the_call_is_asked_once_a_minute() -> None:
    feed = Feed()
    following = Following(feed, at=START)
    following.ended(asked(following, at=START), at=START, unserved=True)
    assert not feed.served
    assert following.wake_at() == START + UNSERVED_SECONDS
    stream = asked(following, at=START + UNSERVED_SECONDS)
    following.message(stream, MESSAGE, at=START + UNSERVED_SECONDS)
    assert feed.served


def test_silent_stream_is_let_go_with_its_connection() -> None:
    following, stream = followed()
    at = START + SILENT_SECONDS
    assert following.wake_at() == at
    assert following.due(at=at - 0.1) is None
    assert following.due(at=at) is not None
    assert following.needs_connection
    assert not following.follows(stream)


def test_stream_that_never_speaks_is_let_go_with_its_connection_and_asked_for_after_a_pause() -> (
    None
):
    following = Following(Feed(), at=START)
    stream = asked(following, at=START)
    at = START + SILENT_SECONDS
    assert following.due(at=at) is None
    assert not following.follows(stream)
    assert following.due(at=following.wake_at()) is not None
    assert following.needs_connection


def test_replacement_that_never_speaks_takes_no_good_stream_along() -> None:
    following, old = followed()
    at = START + REPLACE_SECONDS
    heard_until(following, old, at)
    new = asked(following, at=at)
    heard_until(following, old, at + SILENT_SECONDS)
    assert following.due(at=at + SILENT_SECONDS) is None
    assert following.follows(old)
    assert not following.follows(new)
    assert not following.needs_connection
    heard_until(following, old, following.wake_at())
    assert following.due(at=following.wake_at()) is not None


def test_end_of_a_stream_that_was_let_go_changes_nothing() -> None:
    following, old = followed()
    heard_until(following, old, START + REPLACE_SECONDS)
    new = asked(following, at=START + REPLACE_SECONDS)
    following.message(new, MESSAGE, at=START + REPLACE_SECONDS)
    wake_at = following.wake_at()
    following.ended(old, at=START + REPLACE_SECONDS, unserved=False)
    assert following.wake_at() == wake_at


def test_old_stream_that_ends_first_leaves_the_place_to_the_next() -> None:
    following, old = followed()
    heard_until(following, old, START + REPLACE_SECONDS)
    new = asked(following, at=START + REPLACE_SECONDS)
    following.ended(old, at=START + REPLACE_SECONDS, unserved=False)
    assert following.due(at=START + REPLACE_SECONDS + 1) is None
    assert following.message(new, MESSAGE, at=START + REPLACE_SECONDS + 1)


def test_stream_without_a_successor_is_not_believed_for_ever() -> None:
    feed = Feed()
    following = Following(feed, at=START)
    old = asked(following, at=START)
    following.message(old, MESSAGE, at=START)
    asked(following, at=START + REPLACE_SECONDS)  # and no start marker comes
    message = WatchInvalidationsResponse(log_id="log-1", position=5)
    message.known_until.FromSeconds(60)
    heard_until(following, old, START + 2 * REPLACE_SECONDS)
    ends = feed.lease.ends
    assert following.message(old, message, at=START + 2 * REPLACE_SECONDS + 0.1)
    assert not following.follows(old)
    assert feed.lease.ends == ends
