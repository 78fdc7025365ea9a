"""What one subject costs beside another one, where the comparison is what readers ask for."""

from collections.abc import Sequence
from typing import NamedTuple

from bench import subjects
from bench.measure import Measured, Spread, ratios

_PAIRS = (
    (subjects.FROM_MEMORY, subjects.FLOOR),
    (subjects.ASKING_CASSANDRA, subjects.USUAL_GRPC),
    (subjects.ASKING_CASSANDRA, subjects.GO_GRPC),
    (subjects.FROM_MEMORY, subjects.GO_GRPC),
    (subjects.GATEWAY, subjects.REST_FLOOR),
    (subjects.GATEWAY, subjects.GO_REST),
    (subjects.GATEWAY, subjects.USUAL_FASTAPI),
    (subjects.ASKING_GATEWAY, subjects.USUAL_FASTAPI),
    (subjects.ASKING_GATEWAY, subjects.GO_REST),
)


class Comparison(NamedTuple):
    """CPU time per call of a subject, as a multiple of another's in the same round."""

    subject: str
    beside: str
    ratio: Spread


def compare(rows: Sequence[Measured]) -> list[Comparison]:
    """The pairs of which both were measured."""
    by_name = {row.subject.name: row.by_round for row in rows}
    return [
        Comparison(one, other, ratios(by_name[one], by_name[other]))
        for one, other in _PAIRS
        if one in by_name and other in by_name
    ]
