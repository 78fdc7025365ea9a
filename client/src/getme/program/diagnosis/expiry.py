"""Certificates that will end soon."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from getme.program.diagnosis.finding import Finding, warning

_SOON = timedelta(days=30)  # time for a person who renews by hand


def ends_soon(setting: str, path: Path, expires: datetime) -> list[Finding]:
    """The finding for a certificate that does. expires: aware."""
    if expires - datetime.now(UTC) >= _SOON:
        return []
    text = f"{setting}: {path} expires on {expires:%Y-%m-%d}; renew it"
    return [warning("certificate_ends_soon", text, setting)]
