"""Rounds over all subjects in turn, and what they come to: medians, spreads, ratios to the floor.

In turn, so that whatever else the machine does meanwhile meets all subjects alike. A ratio is
taken within a round and the median over rounds after that, for the same reason.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench.load import LoadResult, load
from bench.people import TokenFiles
from bench.probe import require_right_answer
from bench.subjects import FLOOR, REST_FLOOR, SAME_HEADERS, Protocol, Subject

WARM_UP_SECONDS = 1.0
# Long enough for each token to be used. What was remembered in the round before has come to its
# end (GETME_CACHE_TTL), and all of it to be read again within one round is what no service sees.
_FILL_SECONDS = 0.3
_MICROSECONDS = 1e6


@dataclass(frozen=True)
class Round:
    """One load of one subject. cpu_seconds: by part."""

    load: LoadResult
    cpu_seconds: dict[str, float]

    @property
    def microseconds_a_call(self) -> float:
        """CPU time of all parts."""
        return sum(self.cpu_seconds.values()) * _MICROSECONDS / self.load.calls

    @property
    def busy(self) -> float:
        """The share of the time in which the server's core worked for this subject."""
        return sum(self.cpu_seconds.values()) / self.load.seconds

    def part_microseconds(self, part: str) -> float:
        """CPU time of one part for each call."""
        return self.cpu_seconds[part] * _MICROSECONDS / self.load.calls


@dataclass(frozen=True)
class Spread:
    """The median over the rounds, the least and the most."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """The spread of the values of all rounds."""
        return cls(median(values), min(values), max(values))


@dataclass(frozen=True)
class Measured:
    """A row of the results.

    of_floor: of bare grpcio. of_rest_floors: of both constant answers over REST, by their names;
    empty over gRPC. resident_mib: by part, at the end of the run. by_round: microseconds a call.
    """

    subject: Subject
    by_round: list[float]
    microseconds: Spread
    of_floor: Spread
    of_rest_floors: dict[str, Spread]
    parts: dict[str, float]
    calls_a_second: float
    busy: float
    p50_ms: float
    p99_ms: float
    resident_mib: dict[str, float]


def measure(
    subjects: Sequence[Subject],
    tokens: TokenFiles,
    *,
    rounds: int,
    seconds: float,
    tell: Callable[[str], None],
) -> list[Measured]:
    """The row of each subject. Raises LoadFailed. tell: is told how far it is."""
    for subject in subjects:
        tell(f"warm up: {subject.name}")
        require_right_answer(subject, tokens)
        load(subject, tokens, WARM_UP_SECONDS)
    done: dict[str, list[Round]] = {subject.name: [] for subject in subjects}
    for number in range(1, rounds + 1):
        for subject in subjects:
            result = _round(subject, tokens, seconds)
            done[subject.name].append(result)
            cost = f"{result.microseconds_a_call:6.1f} us a call, {result.busy:4.0%} busy"
            tell(f"round {number} of {rounds}: {cost}: {subject.name}")
    return [_measured(subject, done) for subject in subjects]


def fill(subject: Subject, tokens: TokenFiles) -> None:
    """Has a subject that answers from memory remember all users."""
    if subject.from_memory:
        load(subject, tokens, _FILL_SECONDS)


def _round(subject: Subject, tokens: TokenFiles, seconds: float) -> Round:
    fill(subject, tokens)
    before = {part: program.cpu_seconds() for part, program in subject.programs.items()}
    result = load(subject, tokens, seconds)
    return Round(
        result,
        {part: program.cpu_seconds() - before[part] for part, program in subject.programs.items()},
    )


def _measured(subject: Subject, done: Mapping[str, Sequence[Round]]) -> Measured:
    rounds = done[subject.name]
    rest_floors = (REST_FLOOR, SAME_HEADERS) if subject.protocol is Protocol.REST else ()
    by_round = {name: [mine.microseconds_a_call for mine in done[name]] for name in done}
    mine = by_round[subject.name]
    return Measured(
        subject=subject,
        by_round=mine,
        microseconds=Spread.of(mine),
        of_floor=ratios(mine, by_round[FLOOR]),
        of_rest_floors={name: ratios(mine, by_round[name]) for name in rest_floors},
        parts={
            part: median(one.part_microseconds(part) for one in rounds) for part in subject.programs
        },
        calls_a_second=median(one.load.calls / one.load.seconds for one in rounds),
        busy=median(one.busy for one in rounds),
        p50_ms=median(one.load.p50_ms for one in rounds),
        p99_ms=median(one.load.p99_ms for one in rounds),
        resident_mib={part: program.resident_mib() for part, program in subject.programs.items()},
    )


def ratios(subject: Sequence[float], other: Sequence[float]) -> Spread:
    """What a subject costs, as a multiple of another. Both: by round."""
    return Spread.of([mine / its for mine, its in zip(subject, other, strict=True)])


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which a share of them lies; 0.5 for the median."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]
