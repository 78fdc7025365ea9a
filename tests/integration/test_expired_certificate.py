"""A server's certificate that expires while it is in use, and before a start."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import trustme

import getme
from tests.accounts import People, Refused
from tests.people import ADA
from tests.servers.programs import run_command, start_server
from tests.tokens import token_for
from tests.waiting import until

TOKEN = token_for(ADA.user_id)
LIFE = timedelta(seconds=8)  # a changed file is taken up within a second, later on a busy machine


class Files:
    """What a server shows, and the CA that its clients trust."""

    def __init__(self, folder: Path) -> None:
        self._authority = trustme.CA()
        self.ca, self._cert, self._key = folder / "ca.pem", folder / "tls.crt", folder / "tls.key"
        self._authority.cert_pem.write_to_path(self.ca)
        self.issue(timedelta(days=1))

    @property
    def settings(self) -> dict[str, str]:
        return {"GETME_TLS_CERT": str(self._cert), "GETME_TLS_KEY": str(self._key)}

    def issue(self, life: timedelta) -> None:
        """Puts a new certificate in the place of the one that is there."""
        issued = self._authority.issue_cert("127.0.0.1", not_after=datetime.now(UTC) + life)
        issued.private_key_pem.write_to_path(self._key)
        issued.cert_chain_pems[0].write_to_path(self._cert)

    @contextmanager
    def connected(self, address: str) -> Iterator[People]:
        """Somebody with a connection of their own, which is made at the first call."""
        credentials = grpc.ssl_channel_credentials(self.ca.read_bytes())
        own = [("grpc.use_local_subchannel_pool", 1)]
        with grpc.secure_channel(address, credentials, options=own) as channel:
            yield People(channel)


def is_let_in(address: str, files: Files) -> bool:
    """Whether a new connection is answered; where not, it is UNAVAILABLE."""
    with getme.Client(address, cache=False, tls=getme.Tls(files.ca)) as client:
        try:
            return client.get_me(TOKEN).email == ADA.email
        except getme.Unavailable:
            return False


def test_expired_certificate_keeps_new_connections_out_until_it_is_replaced(
    tmp_path: Path, people_database: str
) -> None:
    files = Files(tmp_path)
    settings = {"GETME_STORE": people_database} | files.settings
    with start_server(tmp_path, settings) as server:
        files.issue(LIFE)
        server.wait_for("tls_loaded")
        with files.connected(server.address) as people:
            assert not isinstance(people.get_me(TOKEN), Refused)
            assert until(lambda: not is_let_in(server.address, files))
            assert not isinstance(people.get_me(TOKEN), Refused)
        files.issue(timedelta(days=1))
        assert until(lambda: is_let_in(server.address, files))
    files.issue(-timedelta(seconds=1))
    started = run_command(["getme-server", "serve"], tmp_path, settings)
    assert started.returncode == 2
    assert "tls.crt expired on" in started.stderr
