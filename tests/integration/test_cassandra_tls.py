"""TLS towards a real cluster, which may ask for a client's certificate, and what fails plainly."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from getme_server.stores.errors import StoreNotReady
from getme_server.stores.location import read_location
from getme_server.stores.opening import migrate, open_stores
from tests.conftest import NO_LOGIN
from tests.servers.cassandra import start_cassandra
from tests.servers.cassandra_certificates import Authority
from tests.servers.cassandra_configuration import ClientEncryption

ADDRESS = "127.0.0.1"
QUICK_SECONDS = 4.0  # less than the driver's timeout for a connection
NOT_GOOD = "shows a certificate that is not good"
HANDSHAKE = "refuses the TLS handshake; if it asks for a client's certificate"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A CA that nobody else trusts."""
    return Authority(tmp_path_factory.mktemp("stranger"))


@pytest.fixture(
    scope="module", params=[False, True], ids=["asks for no certificate", "asks for a certificate"]
)
def node(
    request: pytest.FixtureRequest, authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[int, bool]]:
    """A node's port, and whether it asks for a client's certificate."""
    directory = tmp_path_factory.mktemp("node")
    certificate, key = authority.issue("node", ADDRESS)
    key_and_chain = directory / "node.pem"
    key_and_chain.write_bytes(key.read_bytes() + certificate.read_bytes())
    running = start_cassandra(
        directory,
        address=ADDRESS,
        client_encryption=ClientEncryption(
            key_and_chain=key_and_chain,
            trusted=authority.ca,
            require_client_certificate=request.param,
            probe=authority.client_context(*authority.issue("probe", "probe")),
        ),
    )
    yield running.native_port, request.param
    running.stop()


def url(port: int, ca: Path | None, client: tuple[Path, Path] | None = None) -> str:
    """URL of a keyspace there; in the clear without a CA."""
    options = f"&tls=true&ca={ca}" if ca else ""
    if client:
        options += f"&cert={client[0]}&key={client[1]}"
    return f"cassandra://{ADDRESS}:{port}/encrypted?local_dc=dc1{options}"


def assert_works(store: str) -> None:
    migrate(read_location(store), NO_LOGIN)
    open_stores(read_location(store), NO_LOGIN).close()


def refusal(store: str) -> str:
    """The one line that is told, soon."""
    begun = time.monotonic()
    with pytest.raises(StoreNotReady) as refused:
        migrate(read_location(store), NO_LOGIN)
    assert time.monotonic() - begun < QUICK_SECONDS
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_client_with_a_good_certificate_is_let_in(
    node: tuple[int, bool], authority: Authority
) -> None:
    port, _ = node
    assert_works(url(port, authority.ca, authority.issue("client", "client")))


def test_client_without_a_certificate_is_let_in_where_none_is_asked_for(
    node: tuple[int, bool], authority: Authority
) -> None:
    port, asks = node
    if asks:
        assert HANDSHAKE in refusal(url(port, authority.ca))
    else:
        assert_works(url(port, authority.ca))


def test_clients_certificate_of_a_strange_ca_is_refused_where_one_is_asked_for(
    node: tuple[int, bool], authority: Authority, stranger: Authority
) -> None:
    port, asks = node
    store = url(port, authority.ca, stranger.issue("client", "client"))
    if asks:
        assert HANDSHAKE in refusal(store)
    else:
        assert_works(store)


def test_node_of_a_strange_ca_is_refused(node: tuple[int, bool], stranger: Authority) -> None:
    assert NOT_GOOD in refusal(url(node[0], stranger.ca))


def test_node_that_speaks_tls_is_told_from_one_that_is_away(node: tuple[int, bool]) -> None:
    told = refusal(url(node[0], None))
    assert "ends connections in the clear; if it speaks TLS, set tls=true in GETME_STORE" in told


def test_node_that_speaks_no_tls_is_named(cassandra_address: str, authority: Authority) -> None:
    port = int(cassandra_address.rpartition(":")[2])
    told = refusal(url(port, authority.ca))
    assert "does not speak TLS at this port; remove tls=true in GETME_STORE" in told


@contextmanager
def listener(certificate: Path, key: Path) -> Iterator[int]:
    """Something that answers TLS handshakes with this certificate; its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server((ADDRESS, 0)) as server:

        def answer() -> None:
            with suppress(OSError):  # also the end: the server is shut down
                while True:
                    connection, _ = server.accept()
                    with connection, suppress(ssl.SSLError, ConnectionError):
                        context.wrap_socket(connection, server_side=True).close()

        thread = threading.Thread(target=answer)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize(
    ("issue", "reason"),
    [
        pytest.param(
            lambda ours, _: ours.issue("elsewhere", "127.0.0.2"),
            "IP address mismatch, certificate is not valid for '127.0.0.1'",
            id="another address",
        ),
        pytest.param(
            lambda ours, _: ours.issue("named", "localhost"),
            "IP address mismatch, certificate is not valid for '127.0.0.1'",
            id="a name and no address",
        ),
        pytest.param(
            lambda ours, _: ours.issue("expired", ADDRESS, expired=True),
            "certificate has expired",
            id="expired",
        ),
        pytest.param(
            lambda _, stranger: stranger.issue("strange", ADDRESS),
            "unable to get local issuer certificate",
            id="strange CA",
        ),
    ],
)
def test_certificate_that_is_not_good_is_refused_with_the_reason(
    authority: Authority,
    stranger: Authority,
    issue: Callable[[Authority, Authority], tuple[Path, Path]],
    reason: str,
) -> None:
    with listener(*issue(authority, stranger)) as port:
        assert f"{NOT_GOOD} ({reason});" in refusal(url(port, authority.ca))


def test_ca_of_the_system_is_asked_where_none_is_named(authority: Authority) -> None:
    with listener(*authority.issue("ours", ADDRESS)) as port:
        store = f"cassandra://{ADDRESS}:{port}/encrypted?local_dc=dc1&tls=true"
        assert NOT_GOOD in refusal(store)
