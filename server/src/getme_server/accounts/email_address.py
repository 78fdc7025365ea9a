"""E-mail addresses: how one is written here, and how it may be written elsewhere.

An address is a key: two people never share one, and one person's never depends on how it is typed.
So it is validated (RFC 5321, RFC 6531, IDNA 2008), and upper case, the compatibility forms of
Unicode (UTS #39 section 3.3) and the two ways to write an international domain make no difference.
Whether mail arrives is not asked.
"""

from contextlib import suppress
from unicodedata import normalize

from email_validator import EmailNotValidError, ValidatedEmail, validate_email

from getme_server.errors import InvalidField

MAX_CHARACTERS = 254  # RFC 5321 section 4.5.3.1.3, less the angle brackets

_FAULT = (
    "must be an e-mail address such as ada@example.org, of at most"
    f" {MAX_CHARACTERS} characters and not at a reserved domain such as .local or .test"
)


def canonical(text: str) -> str:
    """The address as it is stored, whatever the spelling. Raises InvalidField naming email."""
    try:
        return _canonical(text.strip())
    except EmailNotValidError:  # its text may quote the address, so it is not chained
        raise InvalidField({"email": _FAULT}) from None


def spellings(text: str) -> tuple[str, ...]:
    """What an address may be stored as, likeliest first, never one of them twice.

    First as `canonical` writes it; then as KillrVideo's backend stores it, and as it was given, for
    the rows that others have written. Empty for what can be no address at all. Never raises.

    However a stored address is typed, the first is the same: attempts can be counted by it.
    """
    given = text.strip()
    found = []
    with suppress(EmailNotValidError):
        found.append(_canonical(given))
    if _may_be_stored(given):
        found += [_as_killrvideo(given), given]
    return tuple(dict.fromkeys(found))


def _canonical(text: str) -> str:
    if len(text) > MAX_CHARACTERS:  # before anything that takes longer for longer text
        raise EmailNotValidError
    checked = _validated(normalize("NFKC", text))
    # Once more, because in lower case a character may get longer, and may compose with the next.
    return _validated(f"{checked.local_part.lower()}@{checked.domain}").normalized


def _validated(text: str) -> ValidatedEmail:
    return validate_email(
        text,
        allow_smtputf8=True,
        allow_quoted_local=False,
        allow_domain_literal=False,
        allow_display_name=False,
        strict=True,  # at most 64 characters before the @ (RFC 5321 section 4.5.3.1.1)
        check_deliverability=False,
    )


def _as_killrvideo(text: str) -> str:
    """As pydantic's EmailStr writes it: only the domain is in lower case."""
    with suppress(EmailNotValidError):  # an import takes others too, such as those at .local
        text = validate_email(text, check_deliverability=False).normalized
    local, _, domain = text.rpartition("@")
    return f"{local}@{domain.lower()}"


def _may_be_stored(text: str) -> bool:
    """Whether a row may have such a key, whoever wrote it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "@" in text and len(text) <= MAX_CHARACTERS and "\0" not in text
