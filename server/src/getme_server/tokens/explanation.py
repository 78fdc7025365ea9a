"""Why a token is good or not: all that `Verifier.verify` looks at, in its order, told in words.

Calls the functions that the verifier calls, and goes on after a failing one, so that a person
sees all that is wrong at once. Holds no clock and no keys. What to do about it is told by
`mending`, what the store says of a token by whoever has one.
"""

from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from getme_server.tokens import mending
from getme_server.tokens.claim_rules import (
    access_claims,
    life,
    require_audience,
    require_issuer,
    require_members,
    roles,
    subject,
    token_id,
)
from getme_server.tokens.claims import AccessClaims
from getme_server.tokens.findings import Findings
from getme_server.tokens.key import Key
from getme_server.tokens.key_set import KeySet
from getme_server.tokens.life import Life, require_begun, require_bounded, require_not_expired
from getme_server.tokens.plain_words import distance_words, duration_words, moment_words, quoted
from getme_server.tokens.policy import TokenPolicy
from getme_server.tokens.reader import CompactJws, json_object_of, read
from getme_server.tokens.signature import (
    candidate_keys,
    require_no_extension,
    require_signature,
    require_type,
)
from getme_server.tokens.strict_json import JsonObject

_LIFE_CHECKS = ("expiry", "beginning", "longest life")
_HEADER_CHECKS = ("extensions", "type", "key", "signature")
_CLAIM_CHECKS = ("issuer", "audience", "token ID", "subject", "roles", "times", "required members")


@dataclass
class Explanation:
    """What was found. proven: a key of ours has signed it; else its claims are mere words.

    user_id, roles, claims: as far as they can be read, whoever has written them.
    """

    findings: Findings = field(default_factory=Findings)
    header: JsonObject | None = None
    payload: JsonObject | None = None
    proven: bool = False
    user_id: UUID | None = None
    roles: tuple[str, ...] | None = None
    claims: AccessClaims | None = None


def explain(token: str, keys: KeySet, policy: TokenPolicy, *, now: float) -> Explanation:
    """Looks at a token, which may be any text. now: seconds since 1970."""
    explanation = Explanation()
    findings = explanation.findings
    jws = findings.look(
        "form",
        partial(read, token),
        told=lambda _: f"three base64url parts in their one spelling, {len(token)} bytes",
        mend=mending.form(token),
    )
    if jws is None:
        checks = (*_HEADER_CHECKS, "claims", *_CLAIM_CHECKS, *_LIFE_CHECKS)
        findings.skip(checks, "it cannot be read")
        return explanation
    explanation.header = jws.header
    _look_at_header(findings, jws.header, policy)
    explanation.proven = _look_at_signature(findings, jws, keys) is not None
    explanation.payload = findings.look(
        "claims",
        partial(json_object_of, jws.payload),
        told=lambda payload: f"a JSON object of {len(payload)} members",
        mend=mending.JSON,
    )
    if explanation.payload is None:
        findings.skip((*_CLAIM_CHECKS, *_LIFE_CHECKS), "the claims cannot be read")
        return explanation
    _look_at_claims(explanation, jws, explanation.payload, policy, now)
    return explanation


def _look_at_header(findings: Findings, header: JsonObject, policy: TokenPolicy) -> None:
    findings.look(
        "extensions",
        partial(require_no_extension, header),
        told=lambda _: "it asks for none",
        mend=mending.EXTENSIONS,
    )
    findings.look(
        "type",
        partial(require_type, header, required=policy.required),
        told=lambda _: f"typ is {quoted(header['typ'])}" if "typ" in header else "it has no typ",
        mend=mending.kind(policy),
    )


def _look_at_signature(findings: Findings, jws: CompactJws, keys: KeySet) -> Key | None:
    """The key that has signed it, None where none of ours has."""
    candidates = findings.look(
        "key",
        partial(candidate_keys, jws.header, keys),
        told=lambda fitting: f"may be signed with {_names(fitting, keys)}",
        mend=mending.key(jws.header, keys),
    )
    if candidates is None:
        findings.skip(("signature",), "no key of ours fits; the claims are unproven")
        return None
    return findings.look(
        "signature",
        partial(require_signature, jws, keys),
        told=lambda signer: f"signed with {_names((signer,), keys)}",
        mend=mending.signature(keys),
    )


def _names(some: tuple[Key, ...], keys: KeySet) -> str:
    """Keys in words: an ID and an algorithm; a secret has no more than its place."""
    if keys.is_secret:
        places = [str(place) for place, key in enumerate(keys.keys, 1) if key in some]
        return f"secret {' or '.join(places)} of {len(keys.keys)} (HS256)"
    return ", ".join(f"key {quoted(key.key_id)} ({key.algorithm})" for key in some)


def _look_at_claims(
    explanation: Explanation, jws: CompactJws, payload: JsonObject, policy: TokenPolicy, now: float
) -> None:
    findings = explanation.findings
    _look_at_parties(findings, payload, policy)
    own_id = findings.look(
        "token ID",
        partial(token_id, payload),
        told=lambda found: f"jti is {quoted(found)}" if found else "it has no jti",
        mend=mending.TOKEN_ID,
    )
    user_id = findings.look(
        "subject",
        partial(subject, payload),
        told=lambda found: f"sub is the user {found}",
        mend=mending.SUBJECT,
    )
    named = findings.look(
        "roles",
        partial(roles, payload),
        told=lambda found: quoted(list(found)),
        mend=mending.ROLES,
    )
    times = findings.look("times", partial(life, payload), told=_times_words, mend=mending.TIMES)
    explanation.user_id, explanation.roles = user_id, named
    if None not in (own_id, user_id, named, times):
        explanation.claims = access_claims(jws, payload)
    findings.look(
        "required members",
        partial(require_members, payload, policy),
        told=lambda _: ", ".join(sorted(policy.required)) or "none besides sub, roles and exp",
        mend=mending.MEMBERS,
    )
    if times is None:
        findings.skip(_LIFE_CHECKS, "its times cannot be read")
    else:
        _look_at_life(findings, times, policy, now)


def _look_at_parties(findings: Findings, payload: JsonObject, policy: TokenPolicy) -> None:
    findings.look(
        "issuer",
        partial(require_issuer, payload, policy),
        told=lambda _: _party_words("iss", payload, policy.issuer),
        mend=mending.issuer(payload, policy),
    )
    findings.look(
        "audience",
        partial(require_audience, payload, policy),
        told=lambda _: _party_words("aud", payload, policy.audience),
        mend=mending.audience(payload, policy),
    )


def _party_words(name: str, payload: JsonObject, wanted: str | None) -> str:
    found = f"{name} is {quoted(payload[name])}" if name in payload else f"it has no {name}"
    return found if wanted is not None else f"{found}, and none is asked for"


def _times_words(times: Life) -> str:
    named = {"nbf": times.not_before or None, "iat": times.issued, "exp": times.expires}
    return ", ".join(
        f"{name} {moment_words(moment)}" if moment is not None else f"no {name}"
        for name, moment in named.items()
    )


def _look_at_life(findings: Findings, times: Life, policy: TokenPolicy, now: float) -> None:
    not_before, expires, issued = times
    leeway = f"leeway {duration_words(policy.leeway_seconds)}, GETME_TOKEN_LEEWAY"
    far = distance_words(expires - now)
    findings.look(
        "expiry",
        partial(require_not_expired, expires, policy, now),
        told=lambda _: f"it expires {far} ({leeway})",
        mend=mending.expired(far, leeway),
    )
    begun = max(not_before, issued or 0)
    findings.look(
        "beginning",
        partial(require_begun, not_before, issued, policy, now),
        told=lambda _: f"it began {distance_words(begun - now)}" if begun else "it names none",
        mend=mending.early(distance_words(begun - now), leeway),
    )
    longest = policy.longest_life_seconds
    findings.look(
        "longest life",
        partial(require_bounded, expires, issued, policy, now),
        told=lambda _: f"at most {duration_words(longest)}" if longest else "no bound is set",
        mend=mending.long_life(issued, longest),
    )
