"""What running programs show of themselves: versions, workers, memory, store, limits, lag."""

import platform
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path

import grpc
import httpx
import psutil
import pytest
import trustme

from tests.accounts import CHEAP_ACCOUNTS, People, Refused, new_email
from tests.conftest import NewStore
from tests.integration.test_processes import get_me, workers_of
from tests.people import ADA
from tests.scraping import shown
from tests.servers.faulty_proxy import HEALTHY, Fault, FaultyProxy
from tests.servers.programs import start_gateway, start_server
from tests.servers.redis import RedisServer
from tests.tokens import token_for
from tests.waiting import until

HOST = "127.0.0.1"
SOON = datetime.now(UTC).replace(microsecond=0) + timedelta(days=20)
LATER = SOON + timedelta(days=60)
EXPIRY = "getme_certificate_expiry_timestamp_seconds"


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    server = RedisServer()
    yield server
    server.kill()


@pytest.fixture
def settings(people_database: str) -> dict[str, str]:
    return CHEAP_ACCOUNTS | {"GETME_STORE": people_database}


def test_both_programs_tell_their_versions_and_what_their_logs_lost(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    with (
        start_server(tmp_path, settings) as server,
        start_gateway(tmp_path, server.address) as gateway,
    ):
        for program, name in ((server, "getme-server"), (gateway, "getme-gateway")):
            labels = {
                "version": version(name),
                "python": platform.python_version(),
                "grpcio": grpc.__version__,
            }
            assert shown(program, "getme_build_info", **labels) == 1
            for kind in ("audit", "other"):
                assert shown(program, "getme_log_lines_dropped_total", kind=kind) == 0


def test_a_worker_that_dies_is_counted(tmp_path: Path, settings: dict[str, str]) -> None:
    with start_server(tmp_path, settings | {"GETME_WORKERS": "2"}) as server:
        assert shown(server, "getme_worker_deaths_total") == 0
        assert shown(server, "getme_workers") == 2
        workers_of(server)[0].kill()
        server.wait_for("worker_started")
        assert shown(server, "getme_worker_deaths_total") == 1
        assert until(lambda: shown(server, "getme_workers") == 2)
        assert until(lambda: shown(server, "getme_store_available") == 2)


def test_what_a_server_takes_is_that_of_all_its_processes(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    own = [("grpc.use_local_subchannel_pool", 1)]
    with ExitStack() as stack:
        server = stack.enter_context(start_server(tmp_path, settings | {"GETME_WORKERS": "2"}))
        for _ in range(40):  # by far more files than the parent has, on one worker at least
            channel = stack.enter_context(grpc.insecure_channel(server.address, options=own))
            grpc.channel_ready_future(channel).result(10)
        cpu, workers = partial(shown, server, "process_cpu_seconds_total"), workers_of(server)
        used = [sum(worker.cpu_times()[:2]) for worker in workers]
        assert (cpu() or 0) >= sum(used)
        resident = sum(worker.memory_info().rss for worker in workers)
        assert (shown(server, "process_resident_memory_bytes") or 0) > 0.9 * resident
        open_files = partial(shown, server, "process_open_fds")
        assert until(lambda: (open_files() or 0) >= max(worker.num_fds() for worker in workers))
        limit = psutil.Process(server.process.pid).rlimit(psutil.RLIMIT_NOFILE)[0]
        assert shown(server, "process_max_fds") == limit
        before = cpu() or 0
        workers[used.index(max(used))].kill()
        server.wait_for("worker_started")
        assert (cpu() or 0) >= before
        started = psutil.Process(server.process.pid).create_time()
        assert shown(server, "process_start_time_seconds") == pytest.approx(started, abs=2)


def test_tokens_that_are_remembered_and_taken_back_are_shown(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    with (
        start_server(tmp_path, settings) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        people, email = People(channel), new_email()
        people.register(email)
        logins = [people.login(email) for _ in range(3)]
        tokens = [login.token for login in logins if not isinstance(login, Refused)]
        assert all(not isinstance(people.sessions(tokens[0]), Refused) for _ in range(3))
        assert shown(server, "getme_memory_entries", kind="tokens") == 1
        assert (shown(server, "getme_memory_bytes", kind="tokens") or 0) > len(tokens[0])
        assert shown(server, "getme_token_lookups_total", result="miss") == 1
        assert shown(server, "getme_token_lookups_total", result="hit") == 2
        heard = partial(shown, server, "getme_invalidations_total")
        assert until(lambda: (heard() or 0) >= len(logins))
        before = heard() or 0
        taken_back = partial(shown, server, "getme_revocations_total")
        assert [taken_back(what=what) for what in ("token", "session", "user")] == [0, 0, 0]
        people.logout(tokens[0])
        people.logout_everywhere(tokens[1])
        assert [taken_back(what=what) for what in ("token", "session", "user")] == [0, 3, 1]
        assert until(lambda: (heard() or 0) > before)


def issue(authority: trustme.CA, cert: Path, key: Path, not_after: datetime) -> None:
    issued = authority.issue_cert(HOST, not_after=not_after)
    issued.private_key_pem.write_to_path(key)
    issued.cert_chain_pems[0].write_to_path(cert)


def until_equal(read: Callable[[], float | None], value: float) -> bool:
    return until(lambda: read() == value)


def test_the_end_of_the_certificates_in_use_is_shown_and_follows_them(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    authority = trustme.CA()
    cert, key = tmp_path / "tls.pem", tmp_path / "tls.key"
    ca = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(ca)
    tls = {"GETME_TLS_CERT": str(cert), "GETME_TLS_KEY": str(key)}
    gateway_tls = {
        "GETME_GATEWAY_TLS_CERT": str(cert),
        "GETME_GATEWAY_TLS_KEY": str(key),
        "GETME_GATEWAY_UPSTREAM_CA": str(ca),
        "GETME_GATEWAY_UPSTREAM_CERT": str(cert),
        "GETME_GATEWAY_UPSTREAM_KEY": str(key),
    }
    for workers in ("1", "2"):
        issue(authority, cert, key, SOON)
        with start_server(tmp_path, settings | tls | {"GETME_WORKERS": workers}) as server:
            ends = partial(shown, server, EXPIRY, setting="GETME_TLS_CERT")
            assert ends() == SOON.timestamp()
            issue(authority, cert, key, LATER)
            server.process.send_signal(signal.SIGHUP)
            assert until_equal(ends, LATER.timestamp())
    issue(authority, cert, key, SOON)
    with start_gateway(tmp_path, "127.0.0.1:1", gateway_tls) as gateway:
        ends = partial(shown, gateway, EXPIRY, setting="GETME_GATEWAY_TLS_CERT")
        assert ends() == SOON.timestamp()
        issue(authority, cert, key, LATER)
        gateway.process.send_signal(signal.SIGHUP)
        assert until_equal(ends, LATER.timestamp())
        ends = partial(shown, gateway, EXPIRY, setting="GETME_GATEWAY_UPSTREAM_CERT")
        assert until_equal(ends, LATER.timestamp())


def test_nothing_is_shown_of_certificates_without_tls(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    with start_server(tmp_path, settings) as server:
        assert shown(server, EXPIRY) is None


def test_calls_to_the_store_are_shown_and_answers_from_memory_are_none(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    reads = {"operation": "accounts.account_and_lock"}
    with start_server(tmp_path, settings) as server:
        assert until(lambda: shown(server, "getme_leases") == 1)
        assert all(get_me(server.address) for _ in range(20))
        assert shown(server, "getme_store_seconds_count", **reads) == 1
        assert shown(server, "getme_store_failures_total", **reads) == 0
        assert shown(server, "getme_store_calls_under_way") is not None
        assert shown(server, "getme_store_available") == 1
        database = Path(settings["GETME_STORE"].removeprefix("sqlite:///"))
        database.rename(tmp_path / "moved.db")
        assert until(lambda: shown(server, "getme_store_available") == 0)
        failed = "getme_store_failures_total"
        assert (shown(server, failed, operation="accounts.probe") or 0) > 0


def test_requests_that_a_frozen_node_owes_are_shown(
    tmp_path: Path, settings: dict[str, str], new_store: NewStore
) -> None:
    url = new_store("cassandra")
    host, _, port = url.split("/")[2].partition(":")
    before_it = ("127.0.0.9", int(port))
    settings |= {"GETME_STORE": url.replace(host, before_it[0]), "GETME_WORKERS": "2"}
    with (
        FaultyProxy(before_it, (host, int(port))) as proxy,
        start_server(tmp_path, settings) as server,
    ):
        in_flight = partial(shown, server, "getme_cassandra_requests_in_flight")
        assert until_equal(in_flight, 0)
        proxy.suffer(Fault(is_deaf=True))
        # Each worker asks for changes all the time.
        assert until(lambda: (in_flight() or 0) >= 2)
        proxy.suffer(HEALTHY)
        assert until_equal(in_flight, 0)


def test_attempts_and_a_redis_that_goes_are_shown(
    tmp_path: Path, settings: dict[str, str], redis: RedisServer
) -> None:
    settings |= {"GETME_REDIS_URL": redis.url, "GETME_LIMIT_PASSWORD": "2 per hour"}
    with (
        start_server(tmp_path, settings) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        assert until(lambda: shown(server, "getme_redis_available") == 1)
        people = People(channel)
        assert all(isinstance(people.login("nobody@example.org"), Refused) for _ in range(3))
        labels = {"attempt": "password"}
        assert shown(server, "getme_attempts_total", result="taken", **labels) == 2
        assert shown(server, "getme_attempts_total", result="refused", **labels) == 1
        assert shown(server, "getme_attempts_total", attempt="refresh", result="refused") == 0
        redis.kill()
        assert until(lambda: shown(server, "getme_redis_available") == 0)


def test_the_gateway_shows_how_late_it_hears_of_changes(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    lag = "getme_invalidation_lag_seconds"
    with (
        start_server(tmp_path, settings) as server,
        start_gateway(tmp_path, server.address) as gateway,
    ):
        me = f"http://{gateway.address}/api/v1/users/me"
        headers = {"authorization": f"Bearer {token_for(ADA.user_id)}"}
        assert shown(gateway, f"{lag}_count") == 0
        assert httpx.get(me, headers=headers, trust_env=False).status_code == 200  # it follows now
        assert until(lambda: (shown(gateway, f"{lag}_count") or 0) > 5)
        late = shown(gateway, f"{lag}_bucket", le="0.75")
        assert late is not None
        assert late > 0
        assert (shown(gateway, f"{lag}_sum") or 0) > 0


def test_the_gateways_line_tells_whose_user_was_answered(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    with (
        start_server(tmp_path, settings) as server,
        start_gateway(tmp_path, server.address) as gateway,
        httpx.Client(base_url=f"http://{gateway.address}", trust_env=False) as http,
    ):
        token = token_for(ADA.user_id)

        def is_from_memory() -> bool:
            headers = {"authorization": f"Bearer {token}"}
            assert http.get("/api/v1/users/me", headers=headers).status_code == 200
            assert gateway.wait_for("request")["user_id"] == str(ADA.user_id)
            return shown(gateway, "getme_memory_lookups_total", result="hit") == 1

        assert not is_from_memory()  # the first is asked
        assert until(is_from_memory)
        assert http.get("/api/v1/users/me").status_code == 401
        assert "user_id" not in gateway.wait_for("request")
        assert not any(token in line for line in gateway.lines)
