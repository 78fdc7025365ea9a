"""All attacks, by the family that they belong to. A family makes its cases for any signing kit."""

from collections.abc import Callable, Iterator

from tests.attacks.case import Case
from tests.attacks.families import (
    algorithms,
    claims,
    compact_forms,
    credentials,
    header_members,
    json_texts,
    key_headers,
    signatures,
)
from tests.attacks.forge import Forge

Family = Callable[[Forge], Iterator[Case]]

# Attacks on a key and its algorithm: other keys are attacked anew.
_ON_KEYS: tuple[Family, ...] = (
    credentials.good_token,
    algorithms.public_key_as_secret,
    algorithms.guessed_secret,
    algorithms.no_algorithm,
    algorithms.other_algorithm,
    algorithms.algorithm_of_another_type,
    key_headers.brought_key,
    key_headers.key_address,
    key_headers.key_id,
    key_headers.odd_key_id_of_our_own,
    header_members.extension,
    header_members.kind_of_token,
    signatures.changed_at_every_place,
    signatures.spare_bits,
    signatures.cut_or_appended,
    signatures.parts_of_two,
    signatures.ecdsa_spelling,
)
# Attacks on what does not depend on the key.
_ON_THE_REST: tuple[Family, ...] = (
    claims.claim_of_another_type,
    claims.time_that_is_none,
    claims.time_that_is_not_now,
    claims.subject_in_another_spelling,
    claims.roles_of_no_use,
    json_texts.encoding,
    json_texts.grammar,
    json_texts.names_twice,
    json_texts.nesting,
    json_texts.names_of_no_use,
    compact_forms.segments,
    compact_forms.alphabet,
    compact_forms.other_serialization,
    compact_forms.raw_bytes,
    compact_forms.size,
    credentials.scheme,
    credentials.several,
    credentials.elsewhere,
    credentials.cookie,
)
ON_KEYS = tuple(family.__name__ for family in _ON_KEYS)
FAMILIES: dict[str, Family] = {family.__name__: family for family in (*_ON_KEYS, *_ON_THE_REST)}


def cases(forge: Forge) -> Iterator[Case]:
    """Every case, its ID preceded by its family."""
    for name, family in FAMILIES.items():
        for case in family(forge):
            yield case._replace(id=f"{name}: {case.id}")
