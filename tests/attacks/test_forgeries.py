"""Each attack is refused at once, as the contract says, over gRPC and REST, and leaves no trace."""

import secrets
import socket
from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from tests.attacks import traces
from tests.attacks.attack import Attack, Send, carry_out, over_grpc, over_rest, paced
from tests.attacks.case import ACCEPTED, Case, sent
from tests.attacks.conftest import Target, Targets
from tests.attacks.corpus import FAMILIES, ON_KEYS
from tests.attacks.families.key_headers import brought_key, key_address
from tests.attacks.listener import Listener

SECONDS_FOR_A_VISIT = 0.5
SECONDS_FOR_A_LINE = 10
SECRET, OTHERS = "HS256", ("RS256", "ES256", "EdDSA")
ATTACKS = [
    *((SECRET, family) for family in FAMILIES),
    *((algorithm, family) for algorithm in OTHERS for family in ON_KEYS),
]

every_attack = pytest.mark.parametrize(
    ("algorithm", "family"), ATTACKS, ids=["-".join(attack) for attack in ATTACKS]
)


def require_repelled(
    target: Target,
    family: str,
    attacks_of: Callable[[Sequence[Case]], list[Attack]],
    send: Send,
) -> str:
    """No answer is wrong, a good token passes afterwards, nothing sent can be seen; the log."""
    old = Counter(target.printed())
    cases = list(FAMILIES[family](target.forge))
    outcome = carry_out(attacks_of(cases), send)
    assert outcome.faults == []
    require_unharmed(target)
    printed = "".join(Counter(target.printed()) - old)
    assert "INTERNAL" not in printed
    assert traces.seen(traces.parts(cases), outcome.shown, printed, target.metrics()) == []
    return printed


def require_unharmed(target: Target) -> None:
    """A good token passes, and is logged, after all that came before it."""
    # A second that has had its lines logs no more; the next one does.
    assert any(good_call_is_logged(target) for _ in range(SECONDS_FOR_A_LINE))


def good_call_is_logged(target: Target) -> bool:
    request_id = secrets.token_hex(8)
    good = sent("good", target.forge.good, ACCEPTED)
    good = good._replace(fields=(*good.fields, (b"x-request-id", request_id.encode())))
    assert target.rest.send(good).name == ACCEPTED
    assert target.grpc.send(good).name == ACCEPTED
    return target.server.has_line(request_id, seconds=1)


# First over REST, where the programs log every case of the secret's kit. Then, and for the others,
# as fast as it goes: the programs leave most of the lines out.
@every_attack
def test_forgeries_are_refused_over_rest(targets: Targets, algorithm: str, family: str) -> None:
    target = targets(algorithm)
    if algorithm == SECRET:
        printed = require_repelled(target, family, over_rest, paced(target.rest.send))
        assert "lines_left_out" not in printed
    else:
        require_repelled(target, family, over_rest, target.rest.send)


@every_attack
def test_forgeries_are_refused_over_grpc(targets: Targets, algorithm: str, family: str) -> None:
    target = targets(algorithm)
    require_repelled(target, family, over_grpc, target.grpc.send)


@pytest.mark.parametrize("algorithm", [SECRET, *OTHERS])
def test_nobody_visits_the_address_that_a_token_names(
    targets: Targets, listener: Listener, algorithm: str
) -> None:
    target = targets(algorithm)
    before = listener.visits
    cases = [*brought_key(target.forge), *key_address(target.forge)]
    carry_out(over_grpc(cases), target.grpc.send)
    carry_out(over_rest(cases), target.rest.send)
    assert not listener.has_visits(before + 1, SECONDS_FOR_A_VISIT)
    host, _, port = listener.address.partition(":")
    socket.create_connection((host, int(port))).close()
    assert listener.has_visits(before + 1, SECONDS_FOR_A_VISIT)  # it does notice
