"""A cache holds what was used last, within its bytes, whatever is done to it and by whom."""

import threading

from hypothesis import given
from hypothesis import strategies as st

from getme.cache import Cache

HALF = 10


def cache() -> Cache[str, int]:
    """Values are what they weigh."""
    return Cache(2 * HALF, lambda _key, value: value)


def test_what_was_put_is_found() -> None:
    made = cache()
    made.put("a", 1)
    made.put("b", 2)
    assert (made.get("a"), made.get("b"), made.get("c")) == (1, 2, None)
    assert (made.entries, made.bytes) == (2, 3)


def test_value_takes_the_place_of_the_one_before_in_either_generation() -> None:
    made = cache()
    made.put("a", 6)
    made.put("b", 5)  # "a" is in the older generation now
    made.put("a", 2)
    assert (made.get("a"), made.entries, made.bytes) == (2, 2, 7)


def test_what_is_used_outlives_what_is_not() -> None:
    made = cache()
    made.put("used", 2)
    made.put("unused", 2)
    for number in range(50):
        made.put(str(number), 3)
        assert made.get("used") == 2
    assert made.get("unused") is None


def test_value_over_the_half_is_not_kept_and_nor_is_the_one_before() -> None:
    made = cache()
    made.put("a", 1)
    made.put("a", HALF + 1)
    assert (made.get("a"), made.bytes) == (None, 0)


def test_forgotten_and_cleared_values_are_gone_from_both_generations() -> None:
    made = cache()
    made.put("old", 6)
    made.put("young", 5)
    made.forget("old")
    made.forget("young")
    made.forget("unknown")
    assert (made.get("old"), made.get("young"), made.bytes) == (None, None, 0)
    made.put("old", 6)
    made.put("young", 5)
    made.clear()
    assert (made.get("old"), made.get("young"), made.entries, made.bytes) == (None, None, 0, 0)


Step = tuple[str, str, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "get", "forget"]),
        st.sampled_from("abcde"),
        st.integers(1, HALF + 2),
    ),
    max_size=60,
)


@given(steps=STEPS)
def test_it_holds_its_bytes_at_most_and_never_another_value(steps: list[Step]) -> None:
    made = cache()
    expected: dict[str, int] = {}
    for what, key, value in steps:
        if what == "put":
            made.put(key, value)
            expected[key] = value
            assert made.get(key) == (value if value <= HALF else None)
        elif what == "get":
            assert made.get(key) in (None, expected.get(key))
        else:
            made.forget(key)
            expected.pop(key, None)
            assert made.get(key) is None
        assert made.bytes <= 2 * HALF
    found = {key: held for key in "abcde" if (held := made.get(key)) is not None}
    assert made.bytes == sum(found.values())
    assert made.entries == len(found)


def test_reader_never_brings_back_what_another_thread_has_forgotten() -> None:
    made = cache()
    ended = threading.Event()

    def read() -> None:
        while not ended.is_set():
            made.get("a")

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    back = 0
    for _ in range(3_000):
        made.put("a", 4)
        made.put("b", 7)  # "a" is in the older generation now, from where a reader brings it up
        made.forget("a")
        back += made.get("a") is not None
    ended.set()
    for reader in readers:
        reader.join()
    assert back == 0
