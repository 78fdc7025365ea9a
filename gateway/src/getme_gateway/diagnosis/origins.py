"""The pages of others that may call us with a user's credentials."""

from urllib.parse import urlsplit

from getme.program.diagnosis.addresses import is_loopback
from getme.program.diagnosis.finding import Looked, warning
from getme_gateway.settings import GatewaySettings
from getme_gateway.web_origin import read_origins

_SETTING = "GETME_GATEWAY_CORS_ORIGINS"


def look_at_origins(settings: GatewaySettings) -> Looked:
    """Whether whoever is on the way to such a page could change what it does."""
    origins = sorted(origin.decode() for origin in read_origins(settings.gateway_cors_origins))
    if not origins:
        return Looked(f"none but our own pages ({_SETTING})")
    findings = [
        warning(
            "origin_in_clear",
            f"{origin} comes without TLS: whoever is on the way to it can put a script there that"
            " acts for its users; use https://",
            _SETTING,
        )
        for origin in origins
        if _is_in_clear(origin)
    ]
    return Looked(f"{', '.join(origins)} may call us, and our own pages", findings)


def _is_in_clear(origin: str) -> bool:
    parts = urlsplit(origin)
    return parts.scheme == "http" and not is_loopback(parts.hostname or "")
