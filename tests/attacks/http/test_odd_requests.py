"""Odd requests over raw sockets: refused or ignored, never a fault, never two for one.

To the gateway alone and through real proxies; after each, the next request on a new connection is
answered, with its own answer.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count

from tests.attacks.http.conftest import Front
from tests.attacks.http.corpus import odd_requests
from tests.attacks.http.odd_request import ALIVE, HOST, SMUGGLED_ID, OddRequest, lines
from tests.attacks.http.raw_connection import Exchange, exchange

AT_ONCE = 32
# RFC 9110 sections 15.6.2 and 15.6.6: a method, a coding or a version that a proxy does not know.
PROXY_REFUSALS = frozenset({501, 505})
LEAST = 100  # requests, so that nobody empties the corpus by mistake
_numbers = count()


def faults(front: Front, request: OddRequest) -> list[str]:
    """What went wrong, a sentence each."""
    told = exchange(front.address, request.sent)
    return [f"{request.name}: {fault}" for fault in (*_of(front, request, told), *_after(front))]


def _of(front: Front, request: OddRequest, told: Exchange) -> Iterator[str]:
    statuses = [answer.status for answer in told.answers]
    right = request.legal
    if front.is_proxy:
        right |= request.proxied | PROXY_REFUSALS
    if not told.is_over:
        yield "neither answered nor closed"
    if not all(status in right or 400 <= status < 500 for status in statuses):
        yield f"answered {statuses}"
    if len(statuses) > request.answers and not set(statuses[1:]) <= {400}:
        yield f"{len(statuses)} answers: {statuses}"
    if any(SMUGGLED_ID in str(answer.headers) for answer in told.answers):
        yield "a body was answered as a request"


def _after(front: Front) -> Iterator[str]:
    """A plain request after it, which must get its own answer."""
    request_id = f"plain-{next(_numbers)}"
    told = exchange(front.address, lines(ALIVE, HOST, f"X-Request-ID: {request_id}".encode()))
    answers = [(each.status, each.headers.get("x-request-id")) for each in told.answers]
    if answers != [(200, request_id)]:
        yield f"the next request was answered {answers}"


def test_no_odd_request_is_a_fault_or_two_requests(front: Front) -> None:
    requests = odd_requests()
    assert len(requests) > LEAST
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = [each for some in pool.map(partial(faults, front), requests) for each in some]
    assert not found, "\n".join(found)
    assert not [line for line in front.target.printed() if SMUGGLED_ID in line or '"bug"' in line]
