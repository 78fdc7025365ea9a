"""The corpus is large, and has teeth: each verifier that trusts too much falls for it."""

import time

import pytest

from tests.attacks.case import ACCEPTED, TOKEN_INVALID
from tests.attacks.corpus import FAMILIES, cases
from tests.attacks.forge import Forge
from tests.attacks.signing import new_kit
from tests.attacks.trusting_verifiers import (
    Accepts,
    believes_the_algorithm,
    believes_the_key,
    decodes_loosely,
    knows_weak_secrets,
    opens_the_key_file,
    pyjwt_alone,
    remembers_the_front,
    remembers_the_signature,
    takes_any_form,
)

MIN_CASES = 1_000

# Which verifier falls for which families; between them they fall for every family of tokens.
FALLS_FOR: dict[Accepts, tuple[str, ...]] = {
    pyjwt_alone: (
        *("kind_of_token", "extension", "cut_or_appended", "claim_of_another_type", "encoding"),
        *("time_that_is_none", "subject_in_another_spelling", "roles_of_no_use", "names_twice"),
        *("nesting", "size", "algorithm_of_another_type"),
    ),
    believes_the_algorithm: ("public_key_as_secret", "no_algorithm"),
    believes_the_key: ("brought_key",),
    opens_the_key_file: ("key_id",),
    knows_weak_secrets: ("guessed_secret",),
    remembers_the_front: ("changed_at_every_place", "cut_or_appended"),
    remembers_the_signature: ("parts_of_two",),
    decodes_loosely: ("spare_bits", "segments", "other_algorithm"),
    takes_any_form: ("alphabet", "other_serialization", "parts_of_two"),
}


@pytest.fixture(scope="module", params=["HS256", "RS256", "ES256", "EdDSA"])
def any_forge(request: pytest.FixtureRequest) -> Forge:
    """A forge of each kind, for a server which nobody needs to start."""
    return Forge(new_kit(request.param), int(time.time()), "127.0.0.1:1")


def test_cases_are_many_and_their_ids_are_unique(any_forge: Forge) -> None:
    made = list(cases(any_forge))
    assert len({case[1:] for case in made}) >= MIN_CASES
    assert len({case.id for case in made}) == len(made)


@pytest.mark.parametrize("accepts", FALLS_FOR, ids=lambda accepts: accepts.__name__)
def test_a_trusting_verifier_falls_for_its_families(any_forge: Forge, accepts: Accepts) -> None:
    for family in FALLS_FOR[accepts]:
        fooled = [
            case.id
            for case in FAMILIES[family](any_forge)
            if TOKEN_INVALID in case.over_grpc and ACCEPTED not in case.over_grpc
            if case.token is not None and accepts(case.token, any_forge)
        ]
        assert fooled, family
