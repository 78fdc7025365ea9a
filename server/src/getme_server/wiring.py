"""The only place that constructs: from settings to a server that is ready to start."""

import time

import grpc

from getme.clock import now
from getme.program.ending import StopTimes
from getme.v1 import admin_service_pb2, auth_service_pb2, user_service_pb2
from getme.v1.admin_service_pb2_grpc import add_AdminServiceServicer_to_server
from getme.v1.auth_service_pb2_grpc import add_AuthServiceServicer_to_server
from getme.v1.user_service_pb2_grpc import add_UserServiceServicer_to_server
from getme_server import server as serving
from getme_server.account_wiring import (
    SessionParts,
    SignInParts,
    moderation,
    own_account_rules,
    password_hasher,
    session_parts,
    sign_in_rules,
)
from getme_server.accounts.attempts import AttemptLimits
from getme_server.accounts.current_user import CurrentUserRule
from getme_server.accounts.failed_attempts import FailedAttempts
from getme_server.accounts.origin import Origin
from getme_server.accounts.standing import Standings
from getme_server.audit_log import AuditLog
from getme_server.call import origin
from getme_server.certificate_watch import CertificateWatch, server_credentials
from getme_server.change_log import OnChange
from getme_server.client_address import read_networks
from getme_server.deferred_writes import DeferredWrites
from getme_server.freshness.change_board import ChangeBoard
from getme_server.interceptors.access_log import AccessLog
from getme_server.interceptors.admission import Admission, CallPool
from getme_server.interceptors.authentication import Authentication, TokenVerifier
from getme_server.interceptors.chain import Chain
from getme_server.interceptors.errors import ErrorTranslation
from getme_server.interceptors.limits import MetadataLimit
from getme_server.interceptors.metrics import CallMetrics
from getme_server.interceptors.shortcut import Shortcut
from getme_server.key_files.source import KeysInFile, KeySource
from getme_server.key_files.watch import KeysWatch
from getme_server.limiting.counted_limits import CountedLimits
from getme_server.limiting.opening import open_limits
from getme_server.limiting.rates import AttemptRates, read_rates
from getme_server.memory_wiring import MemoryParts, memory_parts
from getme_server.running_server import Follower, Server
from getme_server.server_certificate import ServerCertificate
from getme_server.servicers.admin_service import AdminService
from getme_server.servicers.auth_service import AuthService
from getme_server.servicers.freshness import AnswerFreshness
from getme_server.servicers.health import Health
from getme_server.servicers.own_account_service import OwnAccountService
from getme_server.servicers.reflection import add_reflection
from getme_server.servicers.sign_in_service import SignInService
from getme_server.servicers.user_service import Reading, UserService
from getme_server.settings import ServerSettings
from getme_server.store_calls import StoreCalls
from getme_server.stores import opening
from getme_server.stores.location import CassandraLogin, read_location
from getme_server.stores.observer import Observer
from getme_server.stores.opening import Stores
from getme_server.stores.watch import StoreWatch
from getme_server.tokens.issuer import Issuer
from getme_server.tokens.key_ring import KeyRing
from getme_server.tokens.policy import TokenPolicy
from getme_server.tokens.remembered import RememberingVerifier
from getme_server.tokens.revocation import ChangeNews
from getme_server.tokens.revocation_check import RevocationCheck
from getme_server.tokens.revoker import TokenRevoker
from getme_server.tokens.session_tokens import SessionTokens
from getme_server.tokens.verifier import Verifier
from getme_server.tracing_wiring import TracingParts, tracing_parts

_SERVICES = tuple(
    file.DESCRIPTOR.services_by_name[name].full_name
    for file, name in (
        (user_service_pb2, "UserService"),
        (auth_service_pb2, "AuthService"),
        (admin_service_pb2, "AdminService"),
    )
)


# What hashes passwords, on threads of its own: a storm of sign-ins takes no thread, and hardly any
# CPU, from those who are signed in.
PASSWORD_METHODS = (
    "/getme.v1.AuthService/Register",
    "/getme.v1.AuthService/Login",
    "/getme.v1.UserService/ChangePassword",
    "/getme.v1.UserService/DeleteMe",
)
PASSWORD_NICENESS = 10
GET_ME = "/getme.v1.UserService/GetMe"


def build_server(  # noqa: PLR0913  # what differs between processes, and what they are handed
    settings: ServerSettings,
    source: KeySource,
    limits: AttemptLimits,
    board: ChangeBoard,
    *,
    certificate: ServerCertificate | None,
    store_may_be_away: bool,
) -> Server:
    """A server that listens nowhere yet. Raises KeyRefused, and StoreNotReady unless it may be.

    limits: those of this server, which count attempts where no Redis does. board: the changes that
    this server makes.
    """
    keys = KeyRing(source.key_set())
    tracing = tracing_parts(settings)
    store_calls = StoreCalls()
    stores = store_calls.watched(
        open_stores(settings, tracing.store, on_change=board.post, may_be_away=store_may_be_away)
    )
    metrics = CallMetrics()
    memory = memory_parts(settings, stores, keys, board, metrics)
    feed = memory.feed
    revocations = _revocation_check(settings, stores, feed)
    verifier = RememberingVerifier(
        Verifier(token_policy(settings)), keys, revocations, monotonic=now
    )
    pool = CallPool(settings.threads, max_calls=settings.max_calls)
    chain = _chain(settings, pool, verifier, memory, metrics, tracing)
    grpc_server = serving.grpc_server(
        pool,
        chain,
        share_port=settings.workers > 1,
        max_connection_age=settings.max_connection_age,
    )
    later = DeferredWrites()
    attempts = CountedLimits(open_limits(attempt_rates(settings), settings.redis_url, limits))
    rule = current_user_rule(settings, memory.standings)
    freshness = AnswerFreshness(memory.told_feed, keys)
    reading = Reading(rule, stores.accounts, memory.watching, freshness, revocations)
    parts = session_parts(settings, stores, revoker(settings, stores), AuditLog())
    _add_services(
        settings,
        grpc_server,
        stores=stores,
        parts=parts,
        keys=keys,
        reading=reading,
        limits=attempts,
        later=later,
    )
    health = Health(_SERVICES)
    health.add_to(grpc_server)
    if settings.reflection:
        add_reflection(grpc_server, (*_SERVICES, "grpc.health.v1.Health"))
    watch = StoreWatch(stores.accounts, stores.availability, health.tell)
    followers: list[Follower] = [watch, *memory.followers]
    if isinstance(source, KeysInFile):
        followers.append(KeysWatch(source, keys))
    credentials = None
    if certificate is not None:
        credentials = server_credentials(certificate)
        followers.append(CertificateWatch(certificate))
    return Server(
        grpc_server,
        credentials,
        health,
        memory,
        verifier,
        parts.revocations,
        metrics,
        stores,
        tuple(followers),
        later,
        store_calls,
        attempts,
        tracing,
    )


def _chain(  # noqa: PLR0913, PLR0917  # whatever a call passes
    settings: ServerSettings,
    pool: CallPool,
    verifier: TokenVerifier,
    memory: MemoryParts,
    metrics: CallMetrics,
    tracing: TracingParts,
) -> Chain:
    """What each call passes on its way to its servicer. pool: of calls that hash no password."""
    access_log = AccessLog(time.monotonic)
    outer = [
        access_log,  # outermost, with the next: they see what all others answer
        metrics,
        ErrorTranslation(),  # the only place where an error becomes a status
    ]
    interceptors = [
        *outer,
        # Before the request is parsed, which the innermost step of the chain does.
        Authentication(verifier, time.time, lambda: memory.feed.place),
        MetadataLimit(),  # after authentication: an oversized token is TOKEN_INVALID
    ]
    passwords = CallPool(
        settings.password_threads,
        max_calls=settings.password_queue,
        thread_name_prefix="password",
        niceness=PASSWORD_NICENESS,
    )
    return Chain(
        interceptors,
        Admission(pool),
        dict.fromkeys(PASSWORD_METHODS, passwords),
        refusing=outer,  # a token may have to be asked for in the store, which takes time
        shortcuts={GET_ME: Shortcut(memory.answers, metrics, access_log)},
        outermost=tracing.interceptors,  # a span sees all that the others answer
    )


def server_certificate(settings: ServerSettings) -> ServerCertificate | None:
    """What the server shows over TLS; None without TLS. Raises CertificateRefused."""
    if settings.tls_cert is None or settings.tls_key is None:
        return None
    return ServerCertificate(settings.tls_cert, settings.tls_key, settings.tls_client_ca)


def stop_times(settings: ServerSettings) -> StopTimes:
    """How long an end takes."""
    return StopTimes(settings.drain_delay, settings.grace)


def open_stores(
    settings: ServerSettings,
    observer: Observer | None = None,
    *,
    on_change: OnChange = opening.nobody_follows,
    may_be_away: bool = False,
) -> Stores:
    """The stores that the settings name. Raises StoreNotReady, unless they may be away.

    observer: sees the requests of calls. on_change: hears of each change made through them.
    """
    return opening.open_stores(
        read_location(settings.store),
        cassandra_login(settings),
        on_change=on_change,
        speculative_delay_seconds=settings.cassandra_speculative_delay,
        may_be_away=may_be_away,
        observer=observer,
    )


def cassandra_login(settings: ServerSettings) -> CassandraLogin:
    """Who we are to Cassandra."""
    return CassandraLogin(settings.cassandra_username, settings.cassandra_password)


def issuer(settings: ServerSettings, keys: KeyRing) -> Issuer:
    """What signs tokens."""
    return Issuer(keys, token_policy(settings))


def current_user_rule(settings: ServerSettings, standings: Standings) -> CurrentUserRule:
    """What decides who may call."""
    report_missing_user = settings.missing_user == "not_found"
    return CurrentUserRule(standings, report_missing_user=report_missing_user)


def revoker(settings: ServerSettings, stores: Stores) -> TokenRevoker:
    """What takes tokens back."""
    return TokenRevoker(
        stores.revocations,
        token_policy(settings),
        longest_session_seconds=settings.session_max_ttl + settings.access_ttl,
        wall_clock=time.time,
    )


def attempt_rates(settings: ServerSettings) -> AttemptRates:
    """How often what may be attempted."""
    return read_rates(
        password=settings.limit_password,
        account=settings.limit_account,
        address=settings.limit_address,
    )


def token_policy(settings: ServerSettings) -> TokenPolicy:
    """What is asked of tokens."""
    return TokenPolicy(
        issuer=settings.issuer,
        audience=settings.audience,
        leeway_seconds=settings.token_leeway,
        longest_life_seconds=settings.token_max_ttl,
        required=frozenset(filter(None, settings.token_require.split(","))),
    )


def _revocation_check(
    settings: ServerSettings, stores: Stores, news: ChangeNews
) -> RevocationCheck:
    return RevocationCheck(
        stores.revocations,
        news,
        longest_life_seconds=settings.token_max_ttl,
        timeout_seconds=settings.store_timeout,
    )


def _add_services(  # noqa: PLR0913  # all that the three services have in common
    settings: ServerSettings,
    server: grpc.Server,
    *,
    stores: Stores,
    parts: SessionParts,
    keys: KeyRing,
    reading: Reading,
    limits: AttemptLimits,
    later: DeferredWrites,
) -> None:
    timeout = settings.store_timeout
    rule = reading.current_user
    networks = read_networks(settings.trusted_proxies)

    def origin_of(context: grpc.ServicerContext) -> Origin:
        return origin(context, networks)

    auth: AuthService
    users: UserService
    if settings.accounts:
        tokens = SessionTokens(
            issuer(settings, keys), life_seconds=settings.access_ttl, wall_clock=time.time
        )
        failed_attempts = FailedAttempts(stores.credentials, later)
        sign_in = SignInParts(rule, tokens, password_hasher(settings), limits, failed_attempts)
        auth = SignInService(
            keys.public,
            sign_in_rules(stores, parts, sign_in),
            origin_of,
            store_timeout_seconds=timeout,
        )
        users = OwnAccountService(
            reading,
            own_account_rules(stores, parts, sign_in),
            origin_of,
            store_timeout_seconds=timeout,
        )
    else:  # what nobody has written is UNIMPLEMENTED; abstract it is in the stubs only
        auth = AuthService(keys.public)  # type: ignore[abstract]
        users = UserService(reading, store_timeout_seconds=timeout)  # type: ignore[abstract]
    add_AuthServiceServicer_to_server(auth, server)
    add_UserServiceServicer_to_server(users, server)
    admin = AdminService(rule, moderation(stores, parts), origin_of, store_timeout_seconds=timeout)
    add_AdminServiceServicer_to_server(admin, server)
