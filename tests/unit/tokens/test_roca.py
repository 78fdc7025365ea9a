"""The flawed generator's moduli are recognised, and sound ones are not."""

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from getme_server.tokens.roca import GENERATOR, has_roca_fingerprint
from tests.unit.tokens.signing_keys import RSA, key_of

# The product of the primes from 2 to 701, from which the generator makes primes of keys of 1984
# bits and more (Nemec et al., table 1).
PRIMORIAL = 1
for candidate in range(2, 702):
    if all(candidate % other for other in range(2, candidate)):
        PRIMORIAL *= candidate


def flawed_prime(factor: int, exponent: int) -> int:
    """A number of the form that the generator's primes have: k * M + 65537**a mod M."""
    return factor * PRIMORIAL + pow(GENERATOR, exponent, PRIMORIAL)


@pytest.mark.parametrize("exponent", [1, 2, 77, 10**30 + 7])
@pytest.mark.parametrize("factor", [1, 3, 2**60 - 1])
def test_modulus_of_the_flawed_generator_is_recognised(factor: int, exponent: int) -> None:
    modulus = flawed_prime(factor, exponent) * flawed_prime(factor + 2, exponent + 5)
    assert modulus.bit_length() > 1_900
    assert has_roca_fingerprint(modulus)
    assert not has_roca_fingerprint(modulus + 2)


@pytest.mark.parametrize("bits", [2_048, 3_072])
def test_sound_modulus_is_not(bits: int) -> None:
    key = rsa.generate_private_key(public_exponent=65_537, key_size=bits)
    assert not has_roca_fingerprint(key.public_key().public_numbers().n)


def test_example_key_of_the_rfc_is_sound() -> None:
    assert RSA["kty"] == "RSA"
    assert not has_roca_fingerprint(key_of("RS256").verifying.public_numbers().n)
