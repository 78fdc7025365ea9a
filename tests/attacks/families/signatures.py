"""Signatures that are nearly right: one character changed at every place, cut, padded, swapped."""

import base64
from collections.abc import Iterator

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from tests.attacks.case import ACCEPTED, TOKEN_INVALID, Case, sent, shown
from tests.attacks.forge import CANARY, Forge
from tests.unit.tokens.forging import base64url

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
HIGHEST_BIT = 32  # of a character: never one of the spare bits at the end
APPENDED = ("=", "==", "===", "A", "AA", "AAA", "AAAA", ".", "..", "%3D", "-", "_", "\u00a0")
MAX_CUT = 8
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def changed_at_every_place(forge: Forge) -> Iterator[Case]:
    """One bit of one character: a verifier that compares a part of a signature finds its match."""
    signed, signature = split(forge.good)
    for place, character in enumerate(signature):
        other = ALPHABET[ALPHABET.index(character) ^ HIGHEST_BIT]
        changed = f"{signature[:place]}{other}{signature[place + 1 :]}"
        yield sent(f"character {place}", f"{signed}.{changed}")


def spare_bits(forge: Forge) -> Iterator[Case]:
    """The last character has bits that no byte uses: set, they spell the same signature anew."""
    signed, signature = split(forge.good)
    spare = {0: 0, 2: 4, 3: 2}[len(signature) % 4]
    for bits in range(1, 2**spare):
        last = ALPHABET[ALPHABET.index(signature[-1]) | bits]
        yield sent(f"spare bits {bits}", f"{signed}.{signature[:-1]}{last}")
    for part, name in enumerate(("header", "payload")):
        yield from _spare_bits_of(forge, part, name)


def cut_or_appended(forge: Forge) -> Iterator[Case]:
    """Too short, too long, another's."""
    signed, signature = split(forge.good)
    for number in range(1, MAX_CUT + 1):
        yield sent(f"{number} cut from the end", f"{signed}.{signature[:-number]}")
        yield sent(f"{number} cut from the front", f"{signed}.{signature[number:]}")
    for tail in APPENDED:
        if tail.isascii():
            yield sent(f"{tail!r} appended", f"{forge.good}{tail}")
    other = split(forge.with_claims(jti=CANARY))[1]
    for name, text in {
        "empty": "",
        "of another token": other,
        "twice": signature * 2,
        "reversed": signature[::-1],
        "in capitals": signature.upper(),
        "of zeros": base64url(bytes(len(signature) * 3 // 4)),
        "of ones": base64url(b"\xff" * (len(signature) * 3 // 4)),
        "of one byte": "AA",
        "of one character": "A",
        "the header": signed.partition(".")[0],
        "the payload": signed.partition(".")[2],
    }.items():
        yield sent(name, f"{signed}.{text}")


def parts_of_two(forge: Forge) -> Iterator[Case]:
    """Parts of two good tokens put together, and their order changed."""
    one = forge.good.split(".")
    two = forge.token({**forge.header, "typ": "at+jwt"}, {**forge.claims, "jti": CANARY}).split(".")
    for chosen in ("001", "010", "011", "100", "101", "110"):
        mixed = [(one, two)[int(which)][part] for part, which in enumerate(chosen)]
        yield sent(f"parts of {chosen}", ".".join(mixed))
    for order in ("021", "102", "120", "201", "210"):
        yield sent(f"order {order}", ".".join(one[int(part)] for part in order))
    yield shown("two tokens, a space between", f"Bearer {'.'.join(one)} {'.'.join(two)}".encode())
    yield sent("two tokens, nothing between", ".".join(one) + ".".join(two), TOKEN_INVALID)


def ecdsa_spelling(forge: Forge) -> Iterator[Case]:
    """An ECDSA signature as DER, and with numbers that are the same modulo the group's order."""
    if forge.kit.algorithm != "ES256":
        return
    signed, signature = split(forge.good)
    raw = base64.urlsafe_b64decode(f"{signature}==")
    r, s = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])
    der = encode_dss_signature(r, s)
    yield sent("DER", f"{signed}.{base64url(der)}")
    for name, numbers in {
        "r and s swapped": (s, r),
        "s is zero": (r, 0),
        "r is zero": (0, s),
        "r plus the order": ((r + P256_ORDER) % 2**256, s),
        "s is the order": (r, P256_ORDER),
    }.items():
        spelt = b"".join(number.to_bytes(32) for number in numbers)
        yield sent(name, f"{signed}.{base64url(spelt)}")
    # As good as the first (anybody can make it), which is why no token is known by its text.
    other = raw[:32] + (P256_ORDER - s).to_bytes(32)
    yield sent("s negated", f"{signed}.{base64url(other)}", ACCEPTED)


def split(token: str) -> tuple[str, str]:
    """What is signed, and the signature."""
    signed, _, signature = token.rpartition(".")
    return signed, signature


def _spare_bits_of(forge: Forge, part: int, name: str) -> Iterator[Case]:
    """The same in a signed part, over whose spelling the signature is good."""
    for spaces in range(3):
        parts = [dict(forge.header), {**forge.claims, "pad": "x" * spaces}]
        parts[part] = {**parts[part], "pad": "x" * spaces}
        segments = forge.unsigned(parts[0], parts[1]).split(".")
        spare = {0: 0, 2: 4, 3: 2}[len(segments[part]) % 4]
        if spare:
            segments[part] = segments[part][:-1] + ALPHABET[ALPHABET.index(segments[part][-1]) | 1]
            signed = ".".join(segments)
            signature = base64url(forge.kit.sign(signed.encode()))
            yield sent(f"spare bits of the {name}, {spare} of them", f"{signed}.{signature}")
