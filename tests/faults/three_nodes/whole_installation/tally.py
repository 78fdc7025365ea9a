"""What all callers were answered, counted by them."""

import threading
from collections import Counter, defaultdict
from typing import NamedTuple

from tests.faults.three_nodes.whole_installation.kinds import OK, REFUSALS, Kind, Rpc


class Answer(NamedTuple):
    """One call's. outcome: OK or a reason, with its status where that is not the contract's.

    http_status: where there is one. user: whom it tells of, where it tells of one.
    """

    outcome: str
    http_status: int | None = None
    user: str = ""
    token: str = ""
    refresh_token: str = ""


class Seen(NamedTuple):
    """One call as its caller saw it. door: its way to the server."""

    door: str
    kind: Kind
    outcome: str
    node_lost: bool


class Tally:
    """Safe for many threads. node_lost: set while one is, for the calls under way meanwhile.

    never_settled: calls that were STORE_UNAVAILABLE however often they were made again.
    """

    def __init__(self) -> None:
        self.node_lost = threading.Event()
        self.seen: Counter[Seen] = Counter()
        self.over_http: Counter[tuple[str, str, str]] = Counter()
        self.never_settled: list[str] = []
        self._mutex = threading.Lock()

    def add(self, door: str, kind: Kind, answer: Answer, *, node_lost_before: bool) -> None:
        """Counts a call that has ended. node_lost_before: when it began."""
        rpc, node_lost = kind.rpc, node_lost_before or self.node_lost.is_set()
        with self._mutex:
            self.seen[Seen(door, kind, answer.outcome, node_lost)] += 1
            if answer.http_status is not None:
                self.over_http[rpc.http_method, rpc.route, str(answer.http_status)] += 1

    def calls(self, door: str, rpc: Rpc) -> Counter[str]:
        """How many of these were answered with which gRPC status."""
        codes: Counter[str] = Counter()
        for seen, count in self.seen.items():
            if (seen.door, seen.kind.rpc) == (door, rpc):
                codes[code_of(seen.outcome)] += count
        return codes

    def made(self, kind: Kind, door: str | None = None) -> int:
        """How many calls of a kind there were, through any door by default."""
        return sum(
            count
            for seen, count in self.seen.items()
            if seen.kind == kind and door in {None, seen.door}
        )

    def lines(self) -> list[str]:
        """All of it for a reader: a line for each kind of call."""
        outcomes: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for seen, count in self.seen.items():
            outcomes[seen.kind.name][f"{seen.outcome} {seen.door}"] += count
        return [
            f"{kind:<32} {', '.join(f'{count} {what}' for what, count in sorted(of.items()))}"
            for kind, of in sorted(outcomes.items())
        ]


def code_of(outcome: str) -> str:
    """The gRPC status of an outcome, or the outcome itself where the contract does not name it."""
    return outcome if outcome == OK or outcome not in REFUSALS else REFUSALS[outcome].code
