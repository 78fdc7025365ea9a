"""The only place that constructs: from settings to a server that is ready to start."""

import time
from typing import NamedTuple, Protocol

import grpc

from getme.v1 import admin_service_pb2, auth_service_pb2, user_service_pb2
from getme.v1.admin_service_pb2_grpc import add_AdminServiceServicer_to_server
from getme.v1.auth_service_pb2_grpc import add_AuthServiceServicer_to_server
from getme.v1.user_service_pb2_grpc import add_UserServiceServicer_to_server
from getme_server import server as serving
from getme_server.accounts.current_user import CurrentUserRule
from getme_server.accounts.locked_credentials import RememberedLocks
from getme_server.freshness.revocation_feed import RevocationLogFeed
from getme_server.interceptors.access_log import AccessLog
from getme_server.interceptors.admission import Admission, CallPool
from getme_server.interceptors.authentication import Authentication
from getme_server.interceptors.chain import Chain
from getme_server.interceptors.errors import ErrorTranslation
from getme_server.interceptors.limits import MetadataLimit
from getme_server.interceptors.metrics import CallMetrics
from getme_server.key_files.source import KeysFile, KeySource
from getme_server.key_files.watch import KeysWatch
from getme_server.servicers.admin_service import AdminService
from getme_server.servicers.auth_service import AuthService
from getme_server.servicers.health import Health
from getme_server.servicers.reflection import add_reflection
from getme_server.servicers.user_service import UserService
from getme_server.settings import ServerSettings
from getme_server.stores import opening
from getme_server.stores.location import CassandraLogin, read_location
from getme_server.stores.opening import Stores
from getme_server.stores.watch import StoreWatch
from getme_server.tokens.issuer import Issuer
from getme_server.tokens.key_ring import KeyRing
from getme_server.tokens.policy import TokenPolicy
from getme_server.tokens.remembered import RememberingVerifier
from getme_server.tokens.revocation import RevocationFeed
from getme_server.tokens.revocation_check import RevocationCheck
from getme_server.tokens.revoker import TokenRevoker
from getme_server.tokens.verifier import Verifier

_SERVICES = tuple(
    file.DESCRIPTOR.services_by_name[name].full_name
    for file, name in (
        (user_service_pb2, "UserService"),
        (auth_service_pb2, "AuthService"),
        (admin_service_pb2, "AdminService"),
    )
)


class Follower(Protocol):
    """Keeps something up to date in the background while the server runs."""

    def start(self) -> None:
        """Follows from now on."""
        ...

    def stop(self) -> None:
        """Follows no more."""
        ...


class Server(NamedTuple):
    """One process's server and what must be started, read and closed with it."""

    grpc_server: grpc.Server
    health: Health
    metrics: CallMetrics
    stores: Stores
    followers: tuple[Follower, ...]

    def start(self) -> None:
        """Answers calls from now on; what it knows of store, keys and revocations comes first."""
        for follower in self.followers:
            follower.start()
        self.grpc_server.start()

    def close(self) -> None:
        """Gives up all connections, after the last call has been answered."""
        for follower in self.followers:
            follower.stop()
        self.stores.close()


def build_server(settings: ServerSettings, source: KeySource, *, store_may_be_away: bool) -> Server:
    """A server that listens nowhere yet. Raises KeyRefused, and StoreNotReady unless it may be."""
    keys = KeyRing(source.key_set())
    stores = open_stores(settings, may_be_away=store_may_be_away)
    feed = RevocationLogFeed(stores.revocations, time.monotonic)
    metrics = CallMetrics()
    interceptors = [
        AccessLog(time.monotonic),  # outermost, with the next: they see what all others answer
        metrics,
        ErrorTranslation(),  # the only place where an error becomes a status
        # Before the request is parsed, which the innermost step of the chain does.
        Authentication(_verifier(settings, keys, stores, feed), time.time),
        MetadataLimit(),  # after authentication: an oversized token is TOKEN_INVALID
    ]
    pool = CallPool(settings.threads)
    chain = Chain(interceptors, Admission(pool, settings.max_calls))
    grpc_server = serving.grpc_server(pool, chain, share_port=settings.workers > 1)
    _add_services(settings, grpc_server, stores, keys)
    health = Health(_SERVICES)
    health.add_to(grpc_server)
    if settings.reflection:
        add_reflection(grpc_server, (*_SERVICES, "grpc.health.v1.Health"))
    watch = StoreWatch(stores.accounts, stores.availability, health.tell)
    followers: list[Follower] = [watch, feed]
    if isinstance(source, KeysFile):
        followers.append(KeysWatch(source, keys))
    return Server(grpc_server, health, metrics, stores, tuple(followers))


def open_stores(settings: ServerSettings, *, may_be_away: bool = False) -> Stores:
    """The stores that the settings name. Raises StoreNotReady, unless they may be away."""
    return opening.open_stores(
        read_location(settings.store),
        cassandra_login(settings),
        speculative_delay_seconds=settings.cassandra_speculative_delay,
        may_be_away=may_be_away,
    )


def cassandra_login(settings: ServerSettings) -> CassandraLogin:
    """Who we are to Cassandra."""
    return CassandraLogin(settings.cassandra_username, settings.cassandra_password)


def issuer(settings: ServerSettings, keys: KeyRing) -> Issuer:
    """What signs tokens."""
    return Issuer(keys, token_policy(settings))


def current_user_rule(settings: ServerSettings, stores: Stores) -> CurrentUserRule:
    """What decides who may call."""
    locks = RememberedLocks(stores.accounts, ttl_seconds=settings.cache_ttl, timer=time.monotonic)
    report_missing_user = settings.missing_user == "not_found"
    return CurrentUserRule(stores.accounts, locks, report_missing_user=report_missing_user)


def revoker(settings: ServerSettings, stores: Stores) -> TokenRevoker:
    """What takes tokens back."""
    return TokenRevoker(stores.revocations, token_policy(settings), time.time)


def token_policy(settings: ServerSettings) -> TokenPolicy:
    """What is asked of tokens."""
    return TokenPolicy(
        issuer=settings.issuer,
        audience=settings.audience,
        leeway_seconds=settings.token_leeway,
        longest_life_seconds=settings.token_max_ttl,
        required=frozenset(filter(None, settings.token_require.split(","))),
    )


def _verifier(
    settings: ServerSettings, keys: KeyRing, stores: Stores, feed: RevocationFeed
) -> RememberingVerifier:
    revocations = RevocationCheck(
        stores.revocations,
        feed,
        longest_life_seconds=settings.token_max_ttl,
        timeout_seconds=settings.store_timeout,
    )
    verifier = Verifier(token_policy(settings))
    return RememberingVerifier(verifier, keys, revocations, monotonic=time.monotonic)


def _add_services(
    settings: ServerSettings, server: grpc.Server, stores: Stores, keys: KeyRing
) -> None:
    accounts, timeout = stores.accounts, settings.store_timeout
    rule = current_user_rule(settings, stores)
    add_UserServiceServicer_to_server(
        UserService(rule, accounts, store_timeout_seconds=timeout), server
    )
    add_AuthServiceServicer_to_server(AuthService(keys.public), server)
    add_AdminServiceServicer_to_server(
        AdminService(rule, accounts, revoker(settings, stores), store_timeout_seconds=timeout),
        server,
    )
