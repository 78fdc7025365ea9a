"""Recognises RSA keys of the flawed generator of CVE-2017-15361 (ROCA), which can be factored.

Nemec et al., The Return of Coppersmith's Attack, section 3.3: such a modulus is a power of 65537
modulo every small prime. A sound modulus is so by chance once in 2**80 keys.
"""

GENERATOR = 65_537
# Such moduli of 1984 bits and more are built from the first 126 primes or more (table 1 there).
_PRIMES = [prime for prime in range(3, 350) if all(prime % other for other in range(2, prime))]


def _powers(prime: int) -> frozenset[int]:
    powers = {1}
    power = GENERATOR % prime
    while power not in powers:
        powers.add(power)
        power = power * GENERATOR % prime
    return frozenset(powers)


_POWERS = {prime: _powers(prime) for prime in _PRIMES}


def has_roca_fingerprint(modulus: int) -> bool:
    """Whether an RSA modulus comes from the flawed generator."""
    return all(modulus % prime in powers for prime, powers in _POWERS.items())
