"""All odd requests."""

from tests.attacks.http.families.bodies import bodies
from tests.attacks.http.families.chunks import chunks
from tests.attacks.http.families.fields import fields
from tests.attacks.http.families.lengths import lengths
from tests.attacks.http.families.targets import targets
from tests.attacks.http.odd_request import OddRequest


def odd_requests() -> tuple[OddRequest, ...]:
    """Each once, with a name of its own."""
    return (*lengths(), *chunks(), *targets(), *fields(), *bodies())
