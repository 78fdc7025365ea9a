"""What a call costs when many more callers wait than the server has threads.

The server that reads Cassandra for each call, beside the floor with as many callers. It refuses
what is over its limit; refusals are answers too, and their CPU time is spread over the good ones.
"""

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from bench.load import LoadResult, crowded_load
from bench.measure import Spread, ratios
from bench.people import TokenFiles
from bench.subjects import ASKING_CASSANDRA, FLOOR, Subject

NUMBERS = (32, 256, 1_024)


class Crowd(NamedTuple):
    """So many callers at once. of_floor: with as many callers. refused: the share of all calls."""

    callers: int
    microseconds: float
    of_floor: Spread
    calls_a_second: float
    p50_ms: float
    p99_ms: float
    refused: float


def measure_crowds(
    subjects: Sequence[Subject], tokens: TokenFiles, *, rounds: int, seconds: float
) -> list[Crowd]:
    """One row for each of NUMBERS; none if the subject is not measured. Raises LoadFailed."""
    by_name = {subject.name: subject for subject in subjects}
    if ASKING_CASSANDRA not in by_name:
        return []
    both = by_name[ASKING_CASSANDRA], by_name[FLOOR]
    done = {
        number: [
            [_crowd(subject, tokens, seconds, number) for subject in both] for _ in range(rounds)
        ]
        for number in NUMBERS
    }
    return [_row(number, rounds_of_both) for number, rounds_of_both in done.items()]


def crowds_table(crowds: Sequence[Crowd]) -> list[str]:
    """The lines of the page."""
    lines = [
        "## More callers at once",
        "",
        (
            "getme on Cassandra, each call reads; the floor with as many callers. `refused`: over"
            " the server's limit of calls at once; a good answer pays for them too."
        ),
        "",
        "| callers | of the floor | CPU per call | calls/s | p50 | p99 | refused |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for crowd in crowds:
        ratio = crowd.of_floor
        lines.append(
            f"| {crowd.callers:,} | **{ratio.median:.2f}** ({ratio.least:.2f}-{ratio.most:.2f})"
            f" | {crowd.microseconds:.0f} us | {crowd.calls_a_second:,.0f}"
            f" | {crowd.p50_ms:.1f} ms | {crowd.p99_ms:.1f} ms | {crowd.refused:.1%} |"
        )
    return [*lines, ""] if crowds else []


class _One(NamedTuple):
    load: LoadResult
    microseconds: float


def _crowd(subject: Subject, tokens: TokenFiles, seconds: float, callers: int) -> _One:
    before = sum(program.cpu_seconds() for program in subject.programs.values())
    result = crowded_load(subject, tokens, seconds, callers=callers)
    used = sum(program.cpu_seconds() for program in subject.programs.values()) - before
    return _One(result, used * 1e6 / result.calls)


def _row(callers: int, rounds: Sequence[Sequence[_One]]) -> Crowd:
    ours = [one for one, _ in rounds]
    floor = [other for _, other in rounds]
    refused = sum(one.load.refused for one in ours)
    return Crowd(
        callers,
        median(one.microseconds for one in ours),
        ratios([one.microseconds for one in ours], [one.microseconds for one in floor]),
        median(one.load.calls / one.load.seconds for one in ours),
        median(one.load.p50_ms for one in ours),
        median(one.load.p99_ms for one in ours),
        refused / (refused + sum(one.load.calls for one in ours)),
    )
