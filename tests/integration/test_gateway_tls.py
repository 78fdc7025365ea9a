"""TLS of the gateway: towards browsers, with certificates that change, and towards the server."""

import http.client
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from tests.certificates import PrivateKey, self_signed
from tests.health_over_tls import health_over_tls
from tests.integration.held_up import accepts
from tests.servers.cassandra_certificates import Authority
from tests.servers.programs import STOP_SECONDS, Program, run_command, start_gateway
from tests.servers.when_told import gateway_looks_when_told
from tests.waiting import until

NOWHERE = "127.0.0.1:1"
HOST = "127.0.0.1"
TIMEOUT_SECONDS = 10
REQUEST_OF_MUCH = b"GET /docs/any/swagger-ui/swagger-ui-bundle.js HTTP/1.1\r\nHost: getme\r\n\r\n"
FEW_BYTES = 1_024
RECEIVED_BYTES = 65_536  # that wait to be read

Answer = tuple[int, str]  # the status, and what becomes of the connection


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "ca")


@pytest.fixture
def pair(authority: Authority) -> tuple[Path, Path]:
    return authority.issue("gateway", HOST)


def tls_settings(pair: tuple[Path, Path]) -> dict[str, str]:
    return {
        "GETME_GATEWAY_TLS_CERT": str(pair[0]),
        "GETME_GATEWAY_TLS_KEY": str(pair[1]),
        "GETME_LOG_LEVEL": "info",
    }


@contextmanager
def connected(gateway: Program, context: ssl.SSLContext) -> Iterator[http.client.HTTPSConnection]:
    host, _, port = gateway.address.partition(":")
    connection = http.client.HTTPSConnection(
        host, int(port), context=context, timeout=TIMEOUT_SECONDS
    )
    with closing(connection):
        connection.connect()
        yield connection


def ask(gateway: Program, context: ssl.SSLContext) -> tuple[int, str, str]:
    """Status, Strict-Transport-Security, and the serial number of the certificate."""
    with connected(gateway, context) as connection:
        assert isinstance(connection.sock, ssl.SSLSocket)
        serial = str((connection.sock.getpeercert() or {})["serialNumber"])
        connection.request("GET", "/healthz")
        with connection.getresponse() as answer:
            answer.read()
            return answer.status, answer.headers.get("strict-transport-security", ""), serial


def trusting(ca: Path, newest: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca)
    if newest is not None:
        context.maximum_version = newest
    return context


def test_browsers_are_answered_over_tls_and_told_to_stay_there(
    tmp_path: Path, authority: Authority, pair: tuple[Path, Path]
) -> None:
    with start_gateway(tmp_path, NOWHERE, tls_settings(pair)) as gateway:
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            status, hsts, _ = ask(gateway, trusting(authority.ca, version))
            assert (status, hsts) == (200, "max-age=31536000")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_old_versions_of_tls_and_no_tls_get_no_answer(
    tmp_path: Path, authority: Authority, pair: tuple[Path, Path]
) -> None:
    with start_gateway(tmp_path, NOWHERE, tls_settings(pair)) as gateway:
        old = trusting(authority.ca)
        old.set_ciphers("DEFAULT@SECLEVEL=0")
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises(ssl.SSLError):
            ask(gateway, old)
        host, _, port = gateway.address.partition(":")
        with socket.create_connection((host, int(port)), timeout=TIMEOUT_SECONDS) as clear:
            clear.sendall(b"GET /healthz HTTP/1.1\r\nHost: getme\r\n\r\n")
            assert b"HTTP/1.1" not in clear.recv(1_024)
        assert ask(gateway, trusting(authority.ca))[0] == 200


def test_what_cannot_be_used_stops_the_start_with_a_line_that_names_it(
    tmp_path: Path, pair: tuple[Path, Path]
) -> None:
    pair[1].unlink()
    ended = run_command(["getme-gateway", "serve"], tmp_path, tls_settings(pair))
    told = f"getme-gateway: GETME_GATEWAY_TLS_KEY: cannot read {pair[1]}: no such file or directory"
    assert (ended.returncode, ended.stderr.splitlines()) == (1, [told])


def test_keys_of_the_usual_kinds_and_forms_are_taken_up(
    tmp_path: Path, pair: tuple[Path, Path]
) -> None:
    keys: tuple[tuple[PrivateKey, bool], ...] = (
        (rsa.generate_private_key(65_537, 2048), True),
        (ec.generate_private_key(ec.SECP256R1()), True),
        (ec.generate_private_key(ec.SECP384R1()), False),
        (ed25519.Ed25519PrivateKey.generate(), False),
    )
    with start_gateway(tmp_path, NOWHERE, tls_settings(pair)) as gateway:
        for key, is_old in keys:
            own = self_signed(tmp_path, key, HOST, traditional=is_old)
            for new, old in zip(own, pair, strict=True):
                old.write_bytes(new.read_bytes())
            gateway.process.send_signal(signal.SIGHUP)
            assert until(partial(is_answered, gateway, trusting(own[0])))


def is_answered(gateway: Program, context: ssl.SSLContext) -> bool:
    try:
        return ask(gateway, context)[0] == 200
    except ssl.SSLCertVerificationError:
        return False  # it is still the last one


@pytest.mark.parametrize("number", [None, signal.SIGHUP], ids=["seen", "told"])
def test_a_new_certificate_is_taken_up_and_no_request_fails(
    tmp_path: Path, authority: Authority, pair: tuple[Path, Path], number: int | None
) -> None:
    context = trusting(authority.ca)
    settings = tls_settings(pair)
    if number is not None:
        settings |= gateway_looks_when_told(tmp_path)
    with start_gateway(tmp_path, NOWHERE, settings) as gateway:
        first = ask(gateway, context)[2]
        done = threading.Event()

        def ask_on() -> set[int]:
            statuses = set()
            while not done.is_set():
                statuses.add(ask(gateway, context)[0])
            return statuses

        with ThreadPoolExecutor(1) as pool:
            asking = pool.submit(ask_on)
            try:
                authority.issue("gateway", HOST)  # into the same files
                if number is not None:
                    gateway.process.send_signal(number)
                assert gateway.has_line("tls_loaded")
                assert until(lambda: ask(gateway, context)[2] != first)
            finally:
                done.set()
        assert asking.result() == {200}


def test_kept_connections_lose_no_request_over_several_new_certificates(
    tmp_path: Path, authority: Authority, pair: tuple[Path, Path]
) -> None:
    context = trusting(authority.ca)
    with start_gateway(tmp_path, NOWHERE, tls_settings(pair)) as gateway:
        done = threading.Event()

        def ask_on(method: str) -> list[Answer]:
            """Over one connection, and another only where the gateway asks for it."""
            answers = []
            with connected(gateway, context) as kept:
                while not done.is_set():
                    answers.append(answer_to(kept, method))
            return answers

        with ThreadPoolExecutor(2) as pool:
            asking = [pool.submit(ask_on, method) for method in ("GET", "POST")]
            try:
                for _ in range(3):
                    with connected(gateway, context) as idle:
                        assert answer_to(idle, "GET") == (200, "")
                        take_up(gateway, authority)
                        assert answer_to(idle, "POST") == (503, "close")  # there is none to ask
            finally:
                done.set()
        for answers, status in zip((each.result() for each in asking), (200, 503), strict=True):
            assert set(answers) == {(status, ""), (status, "close")}
            assert 1 <= answers.count((status, "close")) <= 3


def test_who_reads_slowly_holds_up_neither_certificates_nor_the_end(
    tmp_path: Path, authority: Authority, pair: tuple[Path, Path]
) -> None:
    context = trusting(authority.ca)
    settings = tls_settings(pair) | {"GETME_GRACE": "30s"}
    with start_gateway(tmp_path, NOWHERE, settings) as gateway:
        with slow_reader(gateway, context) as slow:
            slow.sendall(REQUEST_OF_MUCH * 8)  # more than the system holds for us
            read = bytearray()

            def read_a_little() -> bool:  # who reads nothing for ten seconds is cut off
                read.extend(slow.recv(FEW_BYTES))
                return True

            for _ in range(2):
                take_up(gateway, authority, meanwhile=read_a_little)
            gateway.process.send_signal(signal.SIGTERM)
            assert until(lambda: read_a_little() and not accepts(gateway))
            assert gateway.process.poll() is None
            while some := slow.recv(65_536):
                read.extend(some)
        assert gateway.process.wait(STOP_SECONDS) == 0
    *_, last = bytes(read).split(b"HTTP/1.1 200 OK\r\n")
    headers, _, body = last.partition(b"\r\n\r\n")
    assert b"content-length: %d\r\n" % len(body) in headers + b"\r\n"


@contextmanager
def slow_reader(gateway: Program, context: ssl.SSLContext) -> Iterator[socket.socket]:
    host, _, port = gateway.address.partition(":")
    with socket.socket() as raw:
        raw.settimeout(TIMEOUT_SECONDS)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVED_BYTES)
        raw.connect((host, int(port)))
        with context.wrap_socket(raw, server_hostname=host) as connection:
            yield connection


def take_up(
    gateway: Program, authority: Authority, meanwhile: Callable[[], bool] = lambda: True
) -> None:
    """Issues a new certificate into the same files, and waits until it is shown."""
    context = trusting(authority.ca)
    last = ask(gateway, context)[2]
    authority.issue("gateway", HOST)
    gateway.process.send_signal(signal.SIGHUP)
    assert until(lambda: meanwhile() and ask(gateway, context)[2] != last)


def answer_to(connection: http.client.HTTPSConnection, method: str) -> Answer:
    path, body = ("/healthz", None) if method == "GET" else ("/api/v1/users/login", "{}")
    connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
    with connection.getresponse() as answer:
        answer.read()
        return answer.status, answer.headers.get("connection", "")


def test_a_certificate_that_cannot_be_used_leaves_the_last_good_one(
    tmp_path: Path, authority: Authority, pair: tuple[Path, Path]
) -> None:
    context = trusting(authority.ca)
    with start_gateway(tmp_path, NOWHERE, tls_settings(pair)) as gateway:
        first = ask(gateway, context)[2]
        good = pair[1].read_bytes()
        for bad in (b"half a key", authority.issue("other", HOST)[1].read_bytes()):
            pair[1].write_bytes(bad)
            gateway.process.send_signal(signal.SIGHUP)
            refused = gateway.wait_for("tls_refused")
            assert refused["reason"].startswith("GETME_GATEWAY_TLS_KEY: ")
            assert ask(gateway, context)[2] == first
        pair[1].write_bytes(good)
        gateway.wait_for("tls_loaded")
        assert until(lambda: ask(gateway, context)[0] == 200)


def test_an_answer_under_way_survives_a_new_certificate(
    tmp_path: Path, authority: Authority, pair: tuple[Path, Path]
) -> None:
    context = trusting(authority.ca)
    with start_gateway(tmp_path, NOWHERE, tls_settings(pair)) as gateway:
        first = ask(gateway, context)[2]
        with connected(gateway, context) as connection:
            connection.putrequest("POST", "/api/v1/users/login")
            connection.putheader("Content-Type", "application/json")
            connection.putheader("Content-Length", "2")
            connection.endheaders(b"{")  # the gateway waits for the other byte
            authority.issue("gateway", HOST)
            gateway.wait_for("tls_loaded")
            assert until(lambda: ask(gateway, context)[2] != first)
            connection.send(b"}")
            with connection.getresponse() as answer:
                assert answer.status == 503  # there is no server to ask


def test_the_server_is_asked_over_mutual_tls(tmp_path: Path, authority: Authority) -> None:
    cert, key = authority.issue("client", "gateway.example")
    settings = {
        "GETME_GATEWAY_UPSTREAM_CA": str(authority.ca),
        "GETME_GATEWAY_UPSTREAM_CERT": str(cert),
        "GETME_GATEWAY_UPSTREAM_KEY": str(key),
    }
    with (
        health_over_tls(authority, wants_client=True) as server,
        start_gateway(tmp_path, server, settings) as gateway,
    ):
        host, _, port = gateway.address.partition(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=TIMEOUT_SECONDS)
        with closing(connection):
            connection.request("GET", "/readyz")
            with connection.getresponse() as answer:
                assert answer.status == 200
