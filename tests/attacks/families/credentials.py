"""Where and how a good token is shown: one authorization field, scheme Bearer, nowhere else.

RFC 6750 section 2.1; its sections 2.2 and 2.3 (form and query) are not served, by design.
"""

import base64
from collections.abc import Iterator

from tests.attacks.case import (
    ACCEPTED,
    HTTP_400,
    ME,
    NOT_SENT,
    TOKEN_INVALID,
    TOKEN_MISSING,
    Case,
    shown,
)
from tests.attacks.forge import Forge
from tests.unit.tokens.forging import base64url

AUTHORIZATION = b"authorization"
OTHER_SCHEMES = (
    *("Basic", "Token", "DPoP", "Digest", "Negotiate", "MAC", "Hawk", "JWT", "OAuth", "ApiKey"),
    *("PoP", "AWS4-HMAC-SHA256", "Bear", "Bearers", "Bearer:", "Bearer=", "Bearer,", "bearer_"),
    *("\u0412earer", "Be arer", "\uff22earer", "BEA\u212aER", '"Bearer"', "%42earer", "Bearer/"),
)
MISSING = frozenset({TOKEN_MISSING})
# Spaces around a field's value are no part of it over HTTP/1.1 (RFC 9110 section 5.5), and may be
# stripped over gRPC.
EITHER = frozenset({ACCEPTED, TOKEN_INVALID})


def good_token(forge: Forge) -> Iterator[Case]:
    """What must be accepted, so that no attack is refused for being sent wrongly."""
    good = forge.good.encode()
    for scheme in (b"Bearer", b"bearer", b"BEARER", b"bEaReR"):
        yield shown(scheme.decode(), scheme + b" " + good, ACCEPTED)
    for name, token in {
        "at+jwt": forge.with_header(typ="at+jwt"),
        "AT+JWT": forge.with_header(typ="AT+JWT"),
        "in full": forge.with_header(typ="application/at+jwt"),
        "with a token ID": forge.with_claims(jti="a"),
        "with times": forge.with_claims(iat=forge.now - 1, nbf=forge.now - 1),
        "float for exp": forge.with_claims(exp=forge.now + 100.5),
        "with claims unknown to us": forge.with_claims(scope="x", act={"sub": [1]}),
        "without roles": forge.with_claims(roles=[]),
        "with 32 roles": forge.with_claims(roles=["viewer"] * 32),
        "jwk, jku and x5u of no use": forge.with_header(
            jwk={}, jku=f"http://{forge.listener}/", x5u=f"http://{forge.listener}/"
        ),
    }.items():
        yield shown(name, b"Bearer " + token.encode(), ACCEPTED)
    beside = ((b"proxy-authorization", b"Basic x"), (b"cookie", b"a=b"), (b"x-token", b"x"))
    for field in beside:
        name = f"beside {field[0].decode()}"
        fields = (*_bearer(good), field)
        yield Case(name, fields, frozenset({ACCEPTED}), frozenset({ACCEPTED}))


def scheme(forge: Forge) -> Iterator[Case]:
    """Another scheme, none, or one that is spelt nearly right."""
    good = forge.good.encode()
    for name in OTHER_SCHEMES:
        yield shown(repr(name), name.encode() + b" " + good)
    basic = base64.b64encode(b"ada:" + good)
    for what, value in {
        "none": good,
        "alone": b"Bearer",
        "in small letters alone": b"bearer",
        "two spaces": b"Bearer  " + good,
        "no space": b"Bearer" + good,
        "percent-encoded space": b"Bearer%20" + good,
        "plus for a space": b"Bearer+" + good,
        "twice": b"Bearer Bearer " + good,
        "twice, a comma between": b"Bearer, Bearer " + good,
        "Basic before it": b"Basic x, Bearer " + good,
        "parameters": b'Bearer realm="x", token="' + good + b'"',
        "token=": b"Bearer token=" + good,
        "access_token=": b"Bearer access_token=" + good,
        "double quotes": b'Bearer "' + good + b'"',
        "all in quotes": b'"Bearer ' + good + b'"',
        "user and password": b"Basic " + basic,
        "word after it": b"Bearer " + good + b" x",
        "comma and another": b"Bearer " + good + b", Bearer " + good,
        "comma and a scheme": b"Bearer " + good + b", Basic eA==",
        "comma alone": b"Bearer ,",
        "null": b"Bearer null",
        "undefined": b"Bearer undefined",
        "object": b"Bearer [object Object]",
        "placeholder": b"Bearer {{token}}",
        "angle brackets": b"Bearer <token>",
        "name of the field in its value": b"authorization: Bearer " + good,
    }.items():
        yield shown(what, value)
    for what, value in {
        "nothing": b"Bearer ",
        "spaces": b"Bearer    ",
        "empty": b"",
        " ": b" ",
    }.items():
        yield shown(f"{what!r} after it", value)
    yield shown("tab", b"Bearer\t" + good)
    yield Case("space before it", _field(b" Bearer " + good), EITHER, EITHER)
    yield Case("space after it", _field(b"Bearer " + good + b" "), EITHER, EITHER)


def several(forge: Forge) -> Iterator[Case]:
    """Exactly one credential a call: a proxy might believe the other one."""
    good = forge.good.encode()
    other = forge.with_claims(jti="another").encode()
    forged = good[:-4] + b"AAAA"
    for name, values in {
        "the same twice": (good, good),
        "two good ones": (good, other),
        "forged first": (forged, good),
        "forged last": (good, forged),
        "ten": (good,) * 10,
    }.items():
        yield Case(name, tuple((AUTHORIZATION, b"Bearer " + value) for value in values))
    for name, beside in {"Basic": b"Basic eDp5", "empty": b"", "Bearer alone": b"Bearer"}.items():
        yield Case(f"{name} first", ((AUTHORIZATION, beside), *_bearer(good)))
        yield Case(f"{name} last", (*_bearer(good), (AUTHORIZATION, beside)))
    capital = ((b"Authorization", b"Bearer " + good), (b"AUTHORIZATION", b"Bearer " + other))
    yield Case("names in another case", capital, NOT_SENT)
    spaced = ((b"authorization ", b"Bearer " + good),)
    yield Case("space after the name", spaced, NOT_SENT, frozenset({HTTP_400, TOKEN_MISSING}))
    folded = _field(b"Bearer\r\n " + good)
    yield Case("folded", folded, NOT_SENT, frozenset({HTTP_400, TOKEN_INVALID}))


def elsewhere(forge: Forge) -> Iterator[Case]:
    """A good token where it must not be looked for."""
    good = forge.good.encode()
    value = b"Bearer " + good
    for name in (
        *("x-authorization", "proxy-authorization", "x-access-token", "x-auth-token", "token"),
        *("x-forwarded-authorization", "www-authenticate", "authentication", "x-amzn-oidc-data"),
        *("authorisation", "authorization2", "x-original-authorization", "x-jwt-assertion"),
        *("x-forwarded-access-token", "sec-websocket-protocol", "cf-access-jwt-assertion", "jwt"),
    ):
        yield Case(name, ((name.encode(), value),), MISSING, MISSING)
    binary = base64.b64encode(value).rstrip(b"=")
    yield Case("authorization-bin", ((b"authorization-bin", binary),), MISSING, MISSING)
    under = ((b"authorization_", value), (b"http_authorization", value))
    yield Case("names with underscores", under, MISSING, MISSING)
    yield Case("nothing", (), MISSING, MISSING)
    for target in (b"?access_token=", b"?token=", b"?authorization=Bearer%20", b"?jwt="):
        name = f"query {target.decode()}"
        yield Case(name, (), NOT_SENT, MISSING, ME + target + good)
    form = b"access_token=" + good
    typed = ((b"content-type", b"application/x-www-form-urlencoded"),)
    yield Case("form", typed, NOT_SENT, MISSING, ME, form)
    document = b'{"access_token":"' + good + b'"}'
    typed = ((b"content-type", b"application/json"),)
    yield Case("JSON", typed, NOT_SENT, MISSING, ME, document)
    userinfo = b"http://" + good + b"@getme" + ME
    yield Case("user of the address", (), NOT_SENT, frozenset({TOKEN_MISSING, HTTP_400}), userinfo)


def cookie(forge: Forge) -> Iterator[Case]:
    """Cookies of names that others use; none of them is a credential of ours."""
    good = forge.good.encode()
    for name in (b"token", b"authorization", b"access_token", b"jwt", b"Bearer", b"session", b""):
        field = (b"cookie", name + b"=" + good)
        yield Case(f"{name.decode()} alone", (field,), MISSING, MISSING)
    field = (b"cookie", b"authorization=Bearer " + good)
    yield Case("Bearer in it", (field,), MISSING, MISSING)
    forged = _bearer(good[:-4] + b"AAAA")
    for name in (b"token", b"authorization", b"access_token"):
        beside = (*forged, (b"cookie", name + b"=" + good))
        yield Case(f"{name.decode()} beside a forged header", beside)
    junk = base64url(b"junk").encode()
    yield Case("junk alone", ((b"cookie", b"token=" + junk),), MISSING, MISSING)


def _bearer(token: bytes) -> tuple[tuple[bytes, bytes], ...]:
    return _field(b"Bearer " + token)


def _field(value: bytes) -> tuple[tuple[bytes, bytes], ...]:
    return ((AUTHORIZATION, value),)
