"""What is asked of a token beyond a good signature and the three claims of the contract."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TokenPolicy:
    """What the operator asks of tokens.

    issuer, audience: required where set. leeway_seconds: how far clocks may differ.
    longest_life_seconds: how long any token lives, whoever issues it; None where nobody promised
    that. required: members that a token must have besides sub, roles and exp.
    """

    issuer: str | None = None
    audience: str | None = None
    leeway_seconds: float = 0
    longest_life_seconds: float | None = None
    required: frozenset[str] = frozenset()


# What may be required: checked wherever present, asked for only where the operator says so.
REQUIRABLE = ("typ", "jti", "iat", "nbf")
