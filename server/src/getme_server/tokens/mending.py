"""What a person can do about each fault of a token, in a line. Nothing here decides anything."""

from getme_server.tokens.key_set import KeySet
from getme_server.tokens.plain_words import duration_words, quoted
from getme_server.tokens.policy import TokenPolicy
from getme_server.tokens.reader import MAX_TOKEN_BYTES
from getme_server.tokens.strict_json import JsonObject

_PARTS_OF_A_JWS = 3
_PARTS_OF_A_JWE = 5  # RFC 7516 section 7.1

EXTENSIONS = "have it issued without crit, b64 and zip in its header"
JSON = (
    "have its issuer write one JSON object in UTF-8: no byte order mark, no member twice, no NaN,"
    " at most 8 levels deep"
)
TOKEN_ID = "have jti issued as a string of at most 256 characters, or leave it out"
SUBJECT = (
    "put the user's UUID into sub, in lower case with hyphens, such as"
    " 7777b733-a6b8-47e7-83ad-bc2739ae9954; not a name, not an e-mail address"
)
ROLES = 'put a list of at most 32 strings into roles, such as ["viewer"]; it may be empty'
TIMES = "write exp, and nbf and iat if at all, as numbers of seconds since 1970 (not milliseconds)"
MEMBERS = "have its issuer write them, or take them out of GETME_TOKEN_REQUIRE"


def form(token: str) -> str:
    """For a text that is no compact JWS."""
    parts = token.count(".") + 1
    faults = (
        (not token, "there is no token at all: give one, or pipe it in"),
        (len(token) > MAX_TOKEN_BYTES, "have it issued with fewer claims"),
        (
            token[:7].lower() == "bearer " or "authorization:" in token[:20].lower(),
            "give the token alone: what stands before it belongs to the call, not to the token",
        ),
        (token[:1] in ("'", '"'), "take away the quotation marks"),
        (any(c.isspace() for c in token), "take away the white space in and around it"),
        (parts == _PARTS_OF_A_JWE, "it is encrypted (JWE): have it issued signed only (JWS)"),
        (parts != _PARTS_OF_A_JWS, f"a token has 3 parts, this has {parts}: copy it whole"),
        (token.endswith("."), "its signature is missing: unsigned tokens are never accepted"),
        ("=" in token, "have it issued without padding (=)"),
    )
    default = "copy it again, whole and unchanged; if it is so, its issuer writes no proper JWS"
    return next((text for fits, text in faults if fits), default)


def kind(policy: TokenPolicy) -> str:
    """For a token of another kind."""
    if "typ" in policy.required:
        return "ask its issuer for typ at+jwt, or take typ out of GETME_TOKEN_REQUIRE"
    return "ask its issuer for an access token (typ at+jwt, or JWT), not an ID or refresh token"


def key(header: JsonObject, keys: KeySet) -> str:
    """For a token that none of our keys can have signed."""
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in keys.algorithms:
        return (
            f"its alg is {quoted(algorithm)}, our keys are for {', '.join(keys.algorithms)}: have"
            f" it signed with one of them, or set {_setting(keys, other=True)}"
        )
    ours = ", ".join(quoted(key.key_id) for key in keys.keys if key.algorithm == algorithm)
    return (
        f"its kid is {quoted(header.get('kid'))}, our keys for {algorithm} are {ours}: have it"
        f" signed with one of these, or put its key into {_setting(keys)}"
    )


def signature(keys: KeySet) -> str:
    """For a token with another signature."""
    if keys.is_secret:
        return (
            f"sign it with the secret in {_setting(keys)}, byte for byte (a secret that looks like"
            " base64 is not decoded); a token that was changed by a single letter fails too"
        )
    return f"sign it with the key of that ID in {_setting(keys)}, or put its own key in there"


def issuer(payload: JsonObject, policy: TokenPolicy) -> str:
    """For a token of another issuer."""
    if policy.issuer is None:
        return "have iss issued as a string of at most 256 characters, or leave it out"
    found = quoted(payload.get("iss"))
    return f"its iss is {found}: set GETME_ISSUER to it, or have {quoted(policy.issuer)} issued"


def audience(payload: JsonObject, policy: TokenPolicy) -> str:
    """For a token that is meant for others."""
    found = quoted(payload.get("aud"))
    if policy.audience is None:
        return f"its aud is {found}: set GETME_AUDIENCE to it, or have it issued without aud"
    return f"its aud is {found}: set GETME_AUDIENCE to it, or have {quoted(policy.audience)} issued"


def expired(far: str, leeway: str) -> str:
    """For a token whose time is over. far: how long ago."""
    return f"it expired {far} ({leeway}): get a fresh one; if it is fresh, keep clocks in step"


def early(far: str, leeway: str) -> str:
    """For a token whose time has not come. far: how long until then."""
    return (
        f"it begins {far} ({leeway}): keep the clocks of issuer and server in step (NTP), or raise"
        " GETME_TOKEN_LEEWAY"
    )


def long_life(issued: float | None, longest: float | None) -> str:
    """For a token that lives longer than any may."""
    bound = duration_words(longest or 0)
    without_iat = "" if issued is not None else ", with iat, which tells when it began"
    return f"have it issued for at most {bound}{without_iat}, or raise GETME_TOKEN_MAX_TTL"


def _setting(keys: KeySet, *, other: bool = False) -> str:
    """Where keys of this kind are set, or with other those of the other kind."""
    return "GETME_SECRET_KEY" if keys.is_secret is not other else "GETME_KEYS_FILE"
