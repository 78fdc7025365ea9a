"""How a client trusts its server, and shows who it is itself: TLS and mutual TLS, from files."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from os import PathLike
from pathlib import Path

import grpc

Credentials = Callable[[], grpc.ChannelCredentials]
FilePath = str | PathLike[str]

# Where distributions keep all their roots in one file, in the folder that OpenSSL reads.
_BUNDLE = "ca-certificates.crt"


@dataclass(frozen=True, slots=True)
class Tls:
    """Paths of PEM files, all optional.

    ca: the certificates that the server's must be signed by; the system's roots if there is none.
    cert, key: what the client shows of itself, both or neither.
    """

    ca: FilePath | None = None
    cert: FilePath | None = None
    key: FilePath | None = None

    def read(self) -> Credentials:
        """Reads the files; makes of them what gRPC wants, once that is called.

        Not before: a process that has used gRPC cannot be forked any more (`forking.py`). Raises
        OSError or ValueError, which name the file, for one that cannot be read or used.
        """
        if (self.cert is None) != (self.key is None):
            raise ValueError("tls: cert and key belong together, and one of them is missing")
        roots = _system_roots() if self.ca is None else _read(self.ca)
        if self.ca is not None:
            self._check_ca()
        if self.cert is None or self.key is None:
            return partial(grpc.ssl_channel_credentials, roots)
        cert, key = _read(self.cert), _read(self.key)
        self._check_pair()
        return partial(grpc.ssl_channel_credentials, roots, private_key=key, certificate_chain=cert)

    # gRPC takes any bytes, and then each call fails without a word about the reason.
    def _check_ca(self) -> None:
        try:
            ssl.create_default_context(cafile=self.ca)
        except ssl.SSLError as unreadable:
            raise ValueError(f"tls: {self.ca} has no certificates in PEM form") from unreadable

    def _check_pair(self) -> None:
        assert self.cert is not None  # noqa: S101  # narrows the type
        try:
            ssl.create_default_context().load_cert_chain(self.cert, self.key, password="")
        except ssl.SSLError as unreadable:
            raise ValueError(
                f"tls: {self.cert} and {self.key} are not a certificate and its key in PEM form"
            ) from unreadable


def _read(path: FilePath) -> bytes:
    return Path(path).read_bytes()


def _system_roots() -> bytes | None:
    """None where they are not found: gRPC brings some along."""
    paths = ssl.get_default_verify_paths()
    for path in (paths.cafile, paths.capath and Path(paths.capath, _BUNDLE)):
        if path and Path(path).is_file():
            return _read(path)
    return None
