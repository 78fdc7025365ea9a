"""How the gateway trusts the server, and shows who it is itself: its settings, checked."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from getme.program.certificates import CertificateRefused, NamedFile
from getme.tls import Tls
from getme_gateway.tls_watch import TlsWatch

CA_SETTING = "GETME_GATEWAY_UPSTREAM_CA"
CERT_SETTING = "GETME_GATEWAY_UPSTREAM_CERT"
KEY_SETTING = "GETME_GATEWAY_UPSTREAM_KEY"

Contents = tuple[bytes, ...]


@dataclass(frozen=True)
class Upstream:
    """What the client is given. expires: when what the gateway shows of itself ends, aware."""

    tls: Tls
    expires: datetime | None


class UpstreamFiles:
    """Where the certificates are. cert, key: both or neither."""

    def __init__(self, ca: Path, cert: Path | None, key: Path | None) -> None:
        self._tls = Tls(ca, cert, key)
        self._ca_alone = Tls(ca)
        self._cert = None if cert is None else NamedFile(CERT_SETTING, cert)
        named = {CA_SETTING: ca, CERT_SETTING: cert, KEY_SETTING: key}
        self._files = [NamedFile(name, path) for name, path in named.items() if path is not None]

    def contents(self) -> Contents:
        """The bytes of all files. Raises CertificateRefused."""
        return tuple(file.content() for file in self._files)

    def upstream(self, contents: Contents) -> Upstream:
        """What the files hold, checked. contents: as contents() gives.

        Raises CertificateRefused.
        """
        pair = f"{CERT_SETTING} and {KEY_SETTING}"
        for each, names in ((self._ca_alone, CA_SETTING), (self._tls, pair)):
            try:
                each.read()
            except OSError as gone:  # since its contents were read
                raise CertificateRefused(f"{names}: cannot read {gone.filename}") from gone
            except ValueError as fault:
                raise CertificateRefused(f"{names}: {str(fault).removeprefix('tls: ')}") from fault
        if self._cert is None:
            return Upstream(self._tls, None)
        leaf, *_ = self._cert.certificates(contents[1])
        return Upstream(self._tls, leaf.not_valid_after_utc)


UpstreamTls = TlsWatch[Contents, Upstream]
