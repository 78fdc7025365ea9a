"""What was wrong in a soak, in words: outcomes that no contract names, and counts that differ."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from tests.faults.three_nodes.whole_installation import doors, kinds
from tests.faults.three_nodes.whole_installation.doors import ClientDoor
from tests.faults.three_nodes.whole_installation.kinds import GET_ME, OK, Kind, Rpc
from tests.faults.three_nodes.whole_installation.servers import Counted, Installation
from tests.faults.three_nodes.whole_installation.tally import Tally
from tests.waiting import until

SETTLE_SECONDS = 3.0
_Labels = TypeVar("_Labels", bound=tuple[str, ...])
# Of the calls that write while a node is killed and comes back; on a busy machine 4 to 12 are.
UNSETTLED_PERCENT = 25
KINDS = [each for each in vars(kinds).values() if isinstance(each, Kind)]
RPCS = [each for each in vars(kinds).values() if isinstance(each, Rpc)]
_REPEATED = {rpc.name for rpc in RPCS if not rpc.writes}  # by client and gateway, on UNAVAILABLE


def odd_outcomes(tally: Tally) -> Iterator[str]:
    """Calls that ended as they should not have, and kinds of calls that were never made."""
    for seen, count in tally.seen.items():
        if not seen.kind.allows(seen.outcome, node_lost=seen.node_lost):
            yield f"{count} x {seen.outcome} through the {seen.door}: {seen.kind.name}"
    for kind in KINDS:
        if not tally.made(kind):
            yield f"never called: {kind.name}"
    yield from (f"never settled: {call}" for call in tally.never_settled)
    writes = [seen for seen in tally.seen if seen.node_lost and seen.kind.rpc.writes]
    unsettled = sum(tally.seen[each] for each in writes if each.outcome == kinds.STORE_UNAVAILABLE)
    made = sum(tally.seen[each] for each in writes)
    if unsettled * 100 > UNSETTLED_PERCENT * made:
        yield f"{unsettled} of {made} writes were not settled while a node was lost"


def unequal_counts(
    tally: Tally, installation: Installation, remembering: Sequence[ClientDoor]
) -> Iterator[str]:
    """Metrics that differ from what the callers counted, once nobody calls any more."""
    shown = _settled(lambda: installation.gateway.requests, tally.over_http)
    for labels in sorted(shown.keys() | tally.over_http.keys()):
        if shown[labels] != tally.over_http[labels]:
            yield f"gateway {' '.join(labels)}: {shown[labels]}, callers {tally.over_http[labels]}"
    asked = {
        doors.REMEMBERING_CLIENT: sum(door.asked for door in remembering),
        doors.GATEWAY: installation.gateway.asked,
    }
    wanted = _reaching_a_server(tally, asked)
    handled = _settled(lambda: _handled(installation), wanted)
    for method, code in sorted(handled.keys() | wanted.keys()):
        here, there = handled[method, code], wanted[method, code]
        was_repeated = code == "UNAVAILABLE" and method in _REPEATED and here > there
        if here != there and not was_repeated:
            yield f"servers {method} {code}: {here}, callers {there}"


def _handled(installation: Installation) -> Counted:
    first, second = (server.counted for server in installation.servers)
    return first + second


def _reaching_a_server(tally: Tally, asked: dict[str, int]) -> Counted:
    """What callers were answered by servers. asked: how often those with a memory asked GetMe."""
    counts: Counted = Counter()
    for door in (doors.SERVER, doors.CLIENT, doors.REMEMBERING_CLIENT, doors.GATEWAY):
        for rpc in RPCS:
            codes = tally.calls(door, rpc)
            if rpc is GET_ME and door in asked:
                # Memory is no matter where there is no token.
                refused = codes.total() - codes[OK] - tally.made(kinds.ME_NO_TOKEN, door)
                codes[OK] = asked[door] - refused
            counts.update({(rpc.name, code): count for code, count in codes.items()})
    return +counts


def _settled(read: Callable[[], Counter[_Labels]], wanted: Counter[_Labels]) -> Counter[_Labels]:
    """What is shown at last: a gateway counts an answer after it has sent it."""
    shown: Counter[_Labels] = Counter()

    def is_as_wanted() -> bool:
        nonlocal shown
        shown = read()
        return shown == wanted

    until(is_as_wanted, SETTLE_SECONDS)
    return shown
