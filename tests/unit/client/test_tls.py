"""Clients that speak TLS: whom they trust, what they show, and files that cannot be used."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
import trustme

import getme
from tests.unit.client.remembering import (
    ADA,
    AioClient,
    Connect,
    RememberingServer,
    is_remembered,
    remember,
)
from tests.unit.client.serving import SECONDS, serve_users, until

TOKEN = f"{ADA}.token"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CA, a certificate for each side, and another CA that signed neither."""
    folder = tmp_path_factory.mktemp("tls")
    ours = trustme.CA()
    ours.cert_pem.write_to_path(folder / "ca.pem")
    trustme.CA().cert_pem.write_to_path(folder / "other-ca.pem")
    for name in ("server", "client"):
        issued = ours.issue_cert("127.0.0.1", f"{name}@example.org")
        issued.private_key_pem.write_to_path(folder / f"{name}.key")
        for number, blob in enumerate(issued.cert_chain_pems):
            blob.write_to_path(folder / f"{name}.pem", append=number > 0)
    (folder / "text.pem").write_text("no certificate")
    return folder


@pytest.fixture
def server(files: Path) -> Iterator[RememberingServer]:
    """Wants to see a certificate of each client."""
    credentials = grpc.ssl_server_credentials(
        [((files / "server.key").read_bytes(), (files / "server.pem").read_bytes())],
        root_certificates=(files / "ca.pem").read_bytes(),
        require_client_auth=True,
    )
    with serve_users(credentials) as users:
        yield RememberingServer(users)


@pytest.fixture(params=[getme.Client, AioClient], ids=["threads", "asyncio"])
def connect(request: pytest.FixtureRequest) -> Connect:
    made: Connect = request.param
    return made


@pytest.fixture
def tls(files: Path) -> getme.Tls:
    return getme.Tls(files / "ca.pem", files / "client.pem", files / "client.key")


def test_both_sides_show_who_they_are(
    server: RememberingServer, connect: Connect, tls: getme.Tls
) -> None:
    client = connect(server.users.address, tls=tls, timeout_seconds=SECONDS)
    try:
        remember(server, client, TOKEN)  # so that the stream of invalidations speaks TLS as well
    finally:
        client.close()


@pytest.mark.parametrize(
    "changes",
    [{"ca": "other-ca.pem"}, {"cert": None, "key": None}, {"ca": None}],
    ids=["server of another CA", "nothing to show", "system's roots"],
)
def test_who_is_not_trusted_is_unavailable(
    server: RememberingServer,
    connect: Connect,
    tls: getme.Tls,
    files: Path,
    changes: dict[str, Any],
) -> None:
    paths = {name: value and files / value for name, value in changes.items()}
    client = connect(server.users.address, tls=replace(tls, **paths), timeout_seconds=SECONDS)
    try:
        with pytest.raises(getme.Unavailable):
            client.get_me(TOKEN)
    finally:
        client.close()
    assert server.asked == 0


def test_client_that_reconnects_remembers_on_and_follows_by_a_new_connection(
    server: RememberingServer, tls: getme.Tls
) -> None:
    client = AioClient(server.users.address, tls=tls, timeout_seconds=SECONDS)
    try:
        remember(server, client, TOKEN)
        client.run(client.client.reconnect(tls))
        assert is_remembered(server, client, TOKEN)
        client.get_me(TOKEN, timedelta(0))
        assert len(set(server.users.peers)) == 2
        followed = server.feed.peers[-1]
        server.feed.end_streams()
        until(lambda: server.feed.peers[-1] != followed)
        remember(server, client, TOKEN)
    finally:
        client.close()


@pytest.mark.parametrize("changes", [{"ca": "missing.pem"}, {"key": "server.key"}])
def test_client_goes_on_where_it_cannot_reconnect(
    server: RememberingServer, tls: getme.Tls, files: Path, changes: dict[str, str]
) -> None:
    bad = replace(tls, **{name: files / file for name, file in changes.items()})
    client = AioClient(server.users.address, tls=tls, timeout_seconds=SECONDS)
    try:
        remember(server, client, TOKEN)
        with pytest.raises((OSError, ValueError)):
            client.run(client.client.reconnect(bad))
        client.get_me(TOKEN, timedelta(0))
        assert len(set(server.users.peers)) == 1
    finally:
        client.close()


@pytest.mark.parametrize("field", ["ca", "cert", "key"])
@pytest.mark.parametrize("name", ["missing.pem", "text.pem"])
def test_file_that_cannot_be_used_is_named(
    tls: getme.Tls, files: Path, field: str, name: str
) -> None:
    with pytest.raises((OSError, ValueError), match=name):
        getme.Client("127.0.0.1:1", tls=replace(tls, **{field: files / name}))


def test_key_of_another_certificate_is_refused(tls: getme.Tls, files: Path) -> None:
    with pytest.raises(ValueError, match=r"client\.pem and .*server\.key"):
        getme.Client("127.0.0.1:1", tls=replace(tls, key=files / "server.key"))


@pytest.mark.parametrize("field", ["cert", "key"])
def test_certificate_and_key_belong_together(tls: getme.Tls, field: str) -> None:
    with pytest.raises(ValueError, match="cert and key belong together"):
        getme.Client("127.0.0.1:1", tls=replace(tls, **{field: None}))
