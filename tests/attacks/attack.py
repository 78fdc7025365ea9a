"""Carries out a family of attacks over one transport and judges each answer."""

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tests.attacks.case import NOT_SENT, Answer, Answers, Case

SLOW_SECONDS = 0.05
TRIES = 3
# The programs log 100 refusals a second (`getme.program.line_budget`) and leave out the rest.
LOGGED_SECONDS = 1 / 90
# Answers that may come later than SLOW_SECONDS, and why.
KNOWN_SLOW = {
    "140000 letters": "over gRPC's own limit, whose refusals pause 0.1 s as a brake on floods",
    "300000 letters": "likewise",
}

Send = Callable[[Case], Answer]


class Attack(NamedTuple):
    """A case with the answers that are right over the transport in question."""

    case: Case
    right: Answers


class Outcome(NamedTuple):
    """faults: a line for each wrong or slow answer. shown: all that the attacker could read."""

    faults: list[str]
    shown: str


def paced(send: Send) -> Send:
    """The same, so slowly that the programs log every case."""

    def send_slowly(case: Case) -> Answer:
        begun = time.perf_counter()
        answer = send(case)
        time.sleep(max(0, begun + LOGGED_SECONDS - time.perf_counter()))
        return answer

    return send_slowly


def over_grpc(cases: Sequence[Case]) -> list[Attack]:
    """Those of the cases that are sent over gRPC."""
    return [Attack(case, case.over_grpc) for case in cases if case.over_grpc != NOT_SENT]


def over_rest(cases: Sequence[Case]) -> list[Attack]:
    """Those of the cases that are sent over REST."""
    return [Attack(case, case.over_rest) for case in cases if case.over_rest != NOT_SENT]


def carry_out(attacks: Sequence[Attack], send: Send) -> Outcome:
    """Sends all, one after the other."""
    faults, shown = list[str](), list[str]()
    for case, right in attacks:
        answer = _best_of_three(case, send)
        shown.append(answer.shown)
        if answer.name not in right:
            faults.append(f"{case.id}: {answer.name}, not {' or '.join(sorted(right))}")
        if answer.seconds > SLOW_SECONDS and case.id not in KNOWN_SLOW:
            faults.append(f"{case.id}: took {answer.seconds * 1_000:.0f} ms")
    return Outcome(faults, "\n".join(shown))


def _best_of_three(case: Case, send: Send) -> Answer:
    """The fastest answer where the first was slow, for the machine may have been busy."""
    answer = send(case)
    for _ in range(TRIES - 1):
        if answer.seconds <= SLOW_SECONDS:
            break
        again = send(case)
        if again.name != answer.name:
            return again._replace(name=f"{answer.name}, then {again.name}")
        answer = min(answer, again, key=_seconds)
    return answer


def _seconds(answer: Answer) -> float:
    return answer.seconds
