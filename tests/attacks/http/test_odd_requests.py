"""Odd requests over raw sockets: refused or ignored, never a fault, never two for one.

To the gateway alone and through real proxies; after each, the next request on a new connection is
answered, with its own answer. The gateway closes each connection in time, whatever was announced on
it and never came; what a proxy keeps open is its own affair.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count

from tests.attacks.conftest import Targets
from tests.attacks.http.conftest import Front
from tests.attacks.http.corpus import odd_requests
from tests.attacks.http.families.bodies import bodies_of
from tests.attacks.http.odd_request import ALIVE, HOST, SMUGGLED_ID, OddRequest, lines
from tests.attacks.http.raw_connection import Exchange, exchange
from tests.people import NEVER_SIGNED_IN
from tests.tokens import token_for

AT_ONCE = 128  # most of them wait for the end of their connection
ME = b"GET /api/v1/users/me HTTP/1.1"
CLOSE = b"Connection: close"
LEAST = 100  # requests, so that nobody empties the corpus by mistake
_numbers = count()


def faults(front: Front, request: OddRequest) -> list[str]:
    """What went wrong, a sentence each."""
    told = exchange(front.address, request.sent, until_closed=not front.is_proxy)
    return [f"{request.name}: {fault}" for fault in (*_of(front, request, told), *_after(front))]


def _of(front: Front, request: OddRequest, told: Exchange) -> Iterator[str]:
    statuses = [answer.status for answer in told.answers]
    right = request.legal | request.proxied if front.is_proxy else request.legal
    if not told.is_closed and not (front.is_proxy and statuses):
        yield f"answered {statuses}, and not closed"
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


def test_an_odd_body_of_a_user_is_refused_or_does_what_it_says(targets: Targets) -> None:
    target = targets("HS256")
    host, _, port = target.gateway.address.partition(":")
    front = Front((host, int(port)), target, is_proxy=False)
    token = token_for(NEVER_SIGNED_IN.user_id)
    ask = lines(ME, HOST, f"Authorization: Bearer {token}".encode(), CLOSE)
    requests = [*bodies_of(token)]
    statuses: set[int] = set()
    found: list[str] = []
    for request in requests:
        before = name_of(front, ask)
        told = exchange(front.address, request.sent.replace(HOST, HOST + b"\r\n" + CLOSE, 1))
        found += [f"{request.name}: {fault}" for fault in _of(front, request, told)]
        is_done = any(answer.status == 200 for answer in told.answers)
        expected = name_in(request.sent) or before if is_done else before
        if (now := name_of(front, ask)) != expected:
            found.append(f"{request.name}: {before!r} became {now!r}")
        statuses |= {answer.status for answer in told.answers}
    assert not found, "\n".join(found)
    assert {200, 400, 408, 413, 415} <= statuses  # the rules are reached, and the store
    assert not [line for line in target.printed() if '"bug"' in line]


def name_of(front: Front, ask: bytes) -> str:
    """The user's first name as it is stored now."""
    (answer,) = exchange(front.address, ask).answers
    assert answer.status == 200
    return str(json.loads(answer.body)["firstname"])


def name_in(sent: bytes) -> str:
    """The first name that a request gives, as a plain reader of JSON sees it; empty without one."""
    try:
        given = json.loads(sent.partition(b"\r\n\r\n")[2])
    except (ValueError, RecursionError):
        return ""
    name = given.get("firstname", given.get("firstName")) if isinstance(given, dict) else None
    return name if isinstance(name, str) else ""
