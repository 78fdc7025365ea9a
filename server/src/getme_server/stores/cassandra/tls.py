"""TLS towards the nodes of a cluster: whom we believe, and what is wrong where it fails.

The driver reaches nodes by their IP addresses, whatever names GETME_STORE has, and asks for a
certificate for that address wherever the context checks names; so certificates need IP addresses
among their subjectAltNames.
"""

import re
import ssl
from collections.abc import Iterable
from pathlib import Path

from cassandra.connection import ConnectionShutdown

from getme_server.stores.errors import StoreNotReady
from getme_server.stores.location import CassandraLocation, CassandraTls

_OPTION = "tls=true in GETME_STORE"
_CERTIFICATE_REFUSED = re.compile(r"certificate verify failed: (.+?)\.? \(_ssl")


def ssl_context(location: CassandraLocation) -> ssl.SSLContext | None:
    """What the driver takes as ssl_context; None for a connection in the clear.

    Raises StoreNotReady, naming the option, if a file cannot be read or used.
    """
    if location.tls is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # it asks for a certificate with our name
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _trust(context, location.tls)
    _identify(context, location.tls)
    return context


def _trust(context: ssl.SSLContext, tls: CassandraTls) -> None:
    if tls.ca is None:
        context.load_default_certs()
        return
    _require_readable("ca", tls.ca)
    try:
        context.load_verify_locations(tls.ca)
    except ssl.SSLError as refused:
        raise StoreNotReady(f"ca={tls.ca} of GETME_STORE holds no PEM certificates") from refused


def _identify(context: ssl.SSLContext, tls: CassandraTls) -> None:
    if tls.cert is None or tls.key is None:
        return
    _require_readable("cert", tls.cert)
    _require_readable("key", tls.key)
    try:
        # Without a password, OpenSSL would ask for one at the terminal.
        context.load_cert_chain(tls.cert, tls.key, password="")
    except (ssl.SSLError, ValueError) as refused:
        raise StoreNotReady(
            f"cert={tls.cert} and key={tls.key} of GETME_STORE are no PEM certificate with its"
            f" unencrypted key ({refused})"
        ) from refused


def _require_readable(option: str, path: str) -> None:
    try:
        with Path(path).open("rb"):
            return
    except OSError as refused:
        raise StoreNotReady(
            f"{option}={path} of GETME_STORE cannot be read: {refused.strerror}"
        ) from refused


def tls_trouble(errors: Iterable[Exception], location: CassandraLocation) -> str | None:
    """What is wrong with TLS, or with its absence, where no node lets us in; None: something else.

    Told after the words "Cassandra at host:port". errors: the driver's, which raises some of ssl's
    errors as an OSError with their text (a refused certificate is a PermissionError to it).
    """
    for error in errors:
        text = str(error)
        if location.tls is None:
            if isinstance(error, ConnectionResetError | ConnectionShutdown):
                return f"ends connections in the clear; if it speaks TLS, set {_OPTION}"
        elif refused := _CERTIFICATE_REFUSED.search(text):
            return (
                f"shows a certificate that is not good ({refused[1]}); it must be signed by one of"
                " ca in GETME_STORE, and name the node's IP address"
            )
        elif "WRONG_VERSION_NUMBER" in text:
            return f"does not speak TLS at this port; remove {_OPTION}, or name another port"
        elif isinstance(error, ssl.SSLError) or "[SSL: " in text:
            return (
                "refuses the TLS handshake; if it asks for a client's certificate, name a good one"
                " with cert and key in GETME_STORE"
            )
    return None
