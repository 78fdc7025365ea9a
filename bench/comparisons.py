"""What one subject costs beside another one, where the comparison is what readers ask for."""

from collections.abc import Sequence
from typing import NamedTuple

from bench import subjects
from bench.measure import Measured, Spread, ratios

# With what is wanted at most, where a target was set.
_PAIRS: tuple[tuple[str, str, float | None], ...] = (
    (subjects.FROM_MEMORY, subjects.FLOOR, 1.15),
    (subjects.ASKING_CASSANDRA, subjects.FLOOR, 2.2),
    (subjects.ASKING_CASSANDRA, subjects.USUAL_GRPC, 0.4),
    (subjects.ASKING_CASSANDRA, subjects.GO_GRPC, None),
    (subjects.FROM_MEMORY, subjects.GO_GRPC, None),
    (subjects.GATEWAY, subjects.REST_FLOOR, 1.3),
    (subjects.GATEWAY, subjects.GO_REST, 0.3),
    (subjects.GATEWAY, subjects.USUAL_FASTAPI, None),
    (subjects.ASKING_GATEWAY, subjects.USUAL_FASTAPI, 0.9),
    (subjects.ASKING_GATEWAY, subjects.GO_REST, None),
)


class Comparison(NamedTuple):
    """CPU time per call of a subject, as a multiple of another's in the same round.

    wanted: at most; None where no target was set.
    """

    subject: str
    beside: str
    ratio: Spread
    wanted: float | None


def compare(rows: Sequence[Measured]) -> list[Comparison]:
    """The pairs of which both were measured."""
    by_name = {row.subject.name: row.by_round for row in rows}
    return [
        Comparison(one, other, ratios(by_name[one], by_name[other]), wanted)
        for one, other, wanted in _PAIRS
        if one in by_name and other in by_name
    ]
