"""How the gateway trusts the server, and shows who it is itself: its settings, checked."""

from pathlib import Path

from getme.program.certificates import CertificateRefused
from getme.tls import Tls

CA_SETTING = "GETME_GATEWAY_UPSTREAM_CA"
CERT_SETTING = "GETME_GATEWAY_UPSTREAM_CERT"
KEY_SETTING = "GETME_GATEWAY_UPSTREAM_KEY"


def upstream_tls(*, ca: Path | None, cert: Path | None, key: Path | None) -> Tls | None:
    """None without a CA: in the clear. Raises CertificateRefused, naming setting and file."""
    if ca is None:
        return None
    settings = {CA_SETTING: ca, CERT_SETTING: cert, KEY_SETTING: key}
    tls = Tls(ca, cert, key)
    for each, names in ((Tls(ca), CA_SETTING), (tls, f"{CERT_SETTING} and {KEY_SETTING}")):
        try:
            each.read()
        except OSError as fault:
            named = [name for name, path in settings.items() if str(path) == str(fault.filename)]
            reason = (fault.strerror or "it cannot be read").lower()
            raise CertificateRefused(
                f"{named[0]}: cannot read {fault.filename}: {reason}"
            ) from fault
        except ValueError as fault:
            raise CertificateRefused(f"{names}: {str(fault).removeprefix('tls: ')}") from fault
    return tls
