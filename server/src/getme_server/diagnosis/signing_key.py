"""The key that tokens are signed with: whether it will do, and who else may have it."""

from collections.abc import Callable

from getme.program.diagnosis.finding import Finding, Looked, broken, note, warning
from getme.program.diagnosis.private_files import open_secret_files
from getme_server.key_files.dev_key import DEV_KEY_FILE
from getme_server.settings import ServerSettings
from getme_server.tokens.errors import KeyRefused
from getme_server.tokens.key import HS256
from getme_server.tokens.key_set import KeySet

_SETTING = "GETME_SECRET_KEY"


def look_at_key(settings: ServerSettings, read_keys: Callable[[], KeySet]) -> Looked:
    """read_keys: as `serve` reads them; raises KeyRefused."""
    try:
        keys = read_keys()
    except KeyRefused as refused:
        setting = _SETTING if settings.keys_file is None else "GETME_KEYS_FILE"
        return broken("key_unusable", refused, setting)
    findings = open_secret_files(_SETTING)
    if _is_of_development(settings):
        findings.append(
            warning(
                "key_of_development",
                f"the secret is that of {DEV_KEY_FILE}, which --dev made for a first try; make one"
                " for production: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'",
                _SETTING,
            )
        )
    if HS256 in keys.algorithms:
        findings.append(_can_be_shared())
    return Looked(
        f"{len(keys.keys)} of kind {', '.join(keys.algorithms)}, each strong enough", findings
    )


def _is_of_development(settings: ServerSettings) -> bool:
    try:
        made = DEV_KEY_FILE.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return False
    return made in (settings.secret_key or "").split(",")


def _can_be_shared() -> Finding:
    return note(
        "secret_can_be_shared",
        "whoever has the secret to verify tokens can also make them, for anybody; give other"
        " services none, or set GETME_KEYS_FILE to a file made with: getme-server keys generate",
        "GETME_KEYS_FILE",
    )
