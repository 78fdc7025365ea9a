"""A server that speaks TLS: who is let in, changed files, and files that cannot be used."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import grpc
import httpx
import psutil
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

import getme
from getme.v1.user_service_pb2 import WatchInvalidationsRequest
from getme.v1.user_service_pb2_grpc import UserServiceStub
from tests.people import ADA
from tests.servers.cassandra_certificates import Authority
from tests.servers.programs import Program, run_command, start_gateway, start_server
from tests.servers.when_told import server_looks_when_told
from tests.tokens import bearer, token_for
from tests.waiting import until

TOKEN = token_for(ADA.user_id)
WORKERS = ["1", "2"]


class Files(NamedTuple):
    """The server's files, and those of a client that it lets in."""

    authority: Authority
    server: tuple[Path, Path]
    client: tuple[Path, Path]

    @property
    def settings(self) -> dict[str, str]:
        """TLS without certificates of clients."""
        cert, key = self.server
        return {"GETME_TLS_CERT": str(cert), "GETME_TLS_KEY": str(key)}

    @property
    def mutual(self) -> dict[str, str]:
        """Mutual TLS."""
        return self.settings | {"GETME_TLS_CLIENT_CA": str(self.authority.ca)}

    def trusting(self, ca: Path | None = None) -> getme.Tls:
        """A client that shows nothing of itself."""
        return getme.Tls(ca or self.authority.ca)

    @property
    def both(self) -> getme.Tls:
        """A client that shows its certificate."""
        return getme.Tls(self.authority.ca, *self.client)

    def channel(self, address: str) -> grpc.Channel:
        """A channel of a client that shows its certificate."""
        cert, key = self.client
        credentials = grpc.ssl_channel_credentials(
            self.authority.ca.read_bytes(), key.read_bytes(), cert.read_bytes()
        )
        return grpc.secure_channel(address, credentials)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    authority = Authority(tmp_path / "tls")
    return Files(
        authority,
        authority.issue("server", "127.0.0.1"),
        authority.issue("client", "client@example.org"),
    )


@pytest.fixture
def other_ca(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "other")


@pytest.fixture
def mutual(tmp_path: Path, people_database: str, files: Files) -> Iterator[Program]:
    """A server whose clients must show a certificate."""
    settings = {"GETME_STORE": people_database} | files.mutual
    with start_server(tmp_path, settings) as server:
        yield server


def is_let_in(server: Program, tls: getme.Tls) -> bool:
    """Whether a new connection is answered."""
    with getme.Client(server.address, cache=False, tls=tls) as client:
        try:
            return client.get_me(TOKEN).email == ADA.email
        except getme.Unavailable:
            return False


def test_calls_are_answered_over_tls_by_each_worker(
    tmp_path: Path, people_database: str, files: Files
) -> None:
    settings = {"GETME_STORE": people_database, "GETME_WORKERS": "2"} | files.settings
    with start_server(tmp_path, settings) as server:
        assert all(is_let_in(server, files.trusting()) for _ in range(12))
        with (
            getme.Client(server.address, cache=False) as in_the_clear,
            pytest.raises(getme.Unavailable),
        ):
            in_the_clear.get_me(TOKEN)


def test_who_shows_no_certificate_of_the_ca_is_let_in_nowhere(
    mutual: Program, files: Files, other_ca: Authority
) -> None:
    stranger = getme.Tls(files.authority.ca, *other_ca.issue("client", "x@example.org"))
    assert is_let_in(mutual, files.both)
    assert not is_let_in(mutual, files.trusting())
    assert not is_let_in(mutual, stranger)
    assert mutual.stop() == 0
    assert mutual.errors == []  # nobody fills the disk who is not let in


def test_watching_health_and_reflection_are_behind_mutual_tls_too(
    mutual: Program, files: Files
) -> None:
    with files.channel(mutual.address) as channel:
        watch = UserServiceStub(channel).WatchInvalidations(WatchInvalidationsRequest())
        assert next(watch).log_id
        health: Any = health_pb2_grpc.HealthStub(channel)
        answer = health.Check(health_pb2.HealthCheckRequest(), timeout=5)
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
        services = ProtoReflectionDescriptorDatabase(channel).get_services()
        assert "getme.v1.UserService" in services
        watch.cancel()
    roots = grpc.ssl_channel_credentials(files.authority.ca.read_bytes())
    with grpc.secure_channel(mutual.address, roots) as nobody:
        watch = UserServiceStub(nobody).WatchInvalidations(WatchInvalidationsRequest(), timeout=5)
        with pytest.raises(grpc.RpcError) as refused:
            next(watch)
        assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


def test_the_client_remembers_over_mutual_tls(mutual: Program, files: Files) -> None:
    with getme.Client(mutual.address, tls=files.both) as client:

        def is_remembered() -> bool:
            client.get_me(TOKEN)
            return client.memory.hits > 0

        assert until(is_remembered)


def test_the_gateway_shows_the_server_who_it_is(
    tmp_path: Path, mutual: Program, files: Files
) -> None:
    cert, key = files.client
    trusting = {"GETME_GATEWAY_UPSTREAM_CA": str(files.authority.ca)}
    both = {"GETME_GATEWAY_UPSTREAM_CERT": str(cert), "GETME_GATEWAY_UPSTREAM_KEY": str(key)}
    assert status_of_get_me(tmp_path, mutual, trusting | both) == 200
    assert status_of_get_me(tmp_path, mutual, trusting) == 503


@pytest.mark.parametrize("workers", WORKERS)
def test_changed_files_are_taken_up_and_no_connection_is_lost(
    tmp_path: Path, people_database: str, files: Files, other_ca: Authority, workers: str
) -> None:
    settings = {"GETME_STORE": people_database, "GETME_WORKERS": workers} | files.settings
    cert, key = other_ca.issue("server", "127.0.0.1")
    with (
        start_server(tmp_path, settings) as server,
        files.channel(server.address) as channel,
    ):
        watch = UserServiceStub(channel).WatchInvalidations(WatchInvalidationsRequest())
        assert next(watch).log_id
        replace(files.server[1], key.read_bytes())
        replace(files.server[0], cert.read_bytes())
        assert until(lambda: is_let_in(server, files.trusting(other_ca.ca)))
        assert until(lambda: not is_let_in(server, files.trusting()))
        assert next(watch).log_id
        watch.cancel()


def test_a_changed_ca_of_clients_is_taken_up(
    mutual: Program, files: Files, other_ca: Authority
) -> None:
    newcomer = getme.Tls(files.authority.ca, *other_ca.issue("client", "x@example.org"))
    replace(files.authority.ca, files.authority.ca.read_bytes() + other_ca.ca.read_bytes())
    assert until(lambda: is_let_in(mutual, newcomer))
    assert is_let_in(mutual, files.both)


@pytest.mark.parametrize("workers", WORKERS)
def test_files_that_cannot_be_used_are_told_once_and_leave_the_last_good_ones(
    tmp_path: Path, people_database: str, files: Files, workers: str
) -> None:
    settings = {"GETME_STORE": people_database, "GETME_WORKERS": workers} | files.settings
    with start_server(tmp_path, settings) as server:
        good = files.server[0].read_bytes()
        files.server[0].unlink()
        told = server.wait_for("tls_refused")
        assert f"GETME_TLS_CERT: cannot read {files.server[0]}" in told["reason"]
        assert is_let_in(server, files.trusting())
        replace(files.server[0], good[: len(good) // 2])
        assert server.has_line("has no certificates in PEM form")
        assert is_let_in(server, files.trusting())
        replace(files.server[0], files.authority.issue("again", "127.0.0.1")[0].read_bytes())
        assert server.has_line("is not the key of")
        replace(files.server[0], good)
        server.wait_for("tls_loaded")
    processes = int(workers) if workers == "1" else int(workers) + 1
    assert sum("cannot read" in line for line in server.lines) <= processes


def test_a_worker_that_starts_while_the_files_are_broken_shows_what_the_others_show(
    tmp_path: Path, people_database: str, files: Files
) -> None:
    settings = {"GETME_STORE": people_database, "GETME_WORKERS": "2"} | files.settings
    with start_server(tmp_path, settings) as server:
        replace(files.server[0], b"no certificate")
        server.wait_for("tls_refused")
        died = kill_a_worker(server)
        assert server.wait_for("worker_died")["pid"] == died
        server.wait_for("worker_started")
        assert all(is_let_in(server, files.trusting()) for _ in range(8))


@pytest.mark.parametrize("workers", WORKERS)
def test_sighup_has_the_files_looked_at_and_nothing_dies_of_it(
    tmp_path: Path, people_database: str, files: Files, other_ca: Authority, workers: str
) -> None:
    settings = {"GETME_STORE": people_database, "GETME_WORKERS": workers} | files.settings
    settings |= server_looks_when_told(tmp_path)
    cert, key = other_ca.issue("server", "127.0.0.1")
    with start_server(tmp_path, settings) as server:
        for _ in range(5):
            server.process.send_signal(signal.SIGHUP)
        replace(files.server[1], key.read_bytes())
        replace(files.server[0], cert.read_bytes())
        server.process.send_signal(signal.SIGHUP)
        server.wait_for("tls_loaded")
        assert until(lambda: is_let_in(server, files.trusting(other_ca.ca)))
        assert all(is_let_in(server, files.trusting(other_ca.ca)) for _ in range(8))
        assert server.process.poll() is None
        assert not any("worker_died" in line for line in server.lines)
        assert server.stop() == 0


@pytest.mark.parametrize("setting", ["GETME_TLS_CERT", "GETME_TLS_KEY", "GETME_TLS_CLIENT_CA"])
def test_a_file_that_cannot_be_used_stops_the_start_with_one_line(
    tmp_path: Path, people_database: str, files: Files, setting: str
) -> None:
    path = tmp_path / "text"
    path.write_text("neither")
    started = run_command(
        ["getme-server", "serve"],
        tmp_path,
        {"GETME_STORE": people_database, "GETME_WORKERS": "2"}
        | files.mutual
        | {setting: str(path)},
    )
    assert started.returncode == 2
    assert started.stderr.startswith(f"getme-server: {setting}: {path} has no ")
    assert len(started.stderr.splitlines()) == 1


def status_of_get_me(directory: Path, server: Program, settings: dict[str, str]) -> int:
    """What a gateway with these settings answers."""
    with start_gateway(directory, server.address, settings) as gateway:
        url = f"http://{gateway.address}/api/v1/users/me"
        return httpx.get(url, headers=dict(bearer(TOKEN)), timeout=10, trust_env=False).status_code


def kill_a_worker(server: Program) -> int:
    """Ends one of several workers; its process ID."""
    children = psutil.Process(server.process.pid).children()
    victim = next(each for each in children if "spawn_main" in " ".join(each.cmdline()))
    victim.kill()
    return victim.pid


def replace(path: Path, content: bytes) -> None:
    """As a careful program does it: a reader sees one or the other."""
    new = path.with_suffix(".new")
    new.write_bytes(content)
    new.rename(path)
