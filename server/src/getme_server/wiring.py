"""The only place that constructs: from settings to a server that is ready to start."""

import time
from contextlib import suppress
from functools import partial
from typing import NamedTuple
from uuid import UUID

import grpc

from getme.v1 import user_service_pb2
from getme.v1.user_service_pb2_grpc import add_UserServiceServicer_to_server
from getme_server import server as serving
from getme_server.accounts.current_user import CurrentUserRule
from getme_server.accounts.errors import StoreUnavailable, UserNotFound
from getme_server.accounts.locked_credentials import RememberedLocks
from getme_server.accounts.store import AccountStore
from getme_server.deadline import Deadline
from getme_server.errors import DeadlinePassed
from getme_server.interceptors.access_log import AccessLog
from getme_server.interceptors.admission import Admission, CallPool
from getme_server.interceptors.authentication import Authentication
from getme_server.interceptors.chain import Chain
from getme_server.interceptors.errors import ErrorTranslation
from getme_server.interceptors.limits import MetadataLimit
from getme_server.interceptors.metrics import CallMetrics
from getme_server.servicers.health import PROBE_SECONDS, Health
from getme_server.servicers.reflection import add_reflection
from getme_server.servicers.user_service import UserService
from getme_server.settings import ServerSettings
from getme_server.stores.location import CassandraLogin, read_location
from getme_server.stores.opening import open_account_store
from getme_server.tokens.issuer import Issuer
from getme_server.tokens.key_set import SecretKeys
from getme_server.tokens.remembered import RememberingVerifier
from getme_server.tokens.verifier import TokenPolicy, Verifier

_SERVICES = (user_service_pb2.DESCRIPTOR.services_by_name["UserService"].full_name,)
_NOBODYS_EMAIL = "nobody@invalid"
_NOBODY = UUID(int=0)  # no user has this ID: reading it asks the store and finds nothing


class Server(NamedTuple):
    """One process's server and what must be started, read and closed with it."""

    grpc_server: grpc.Server
    health: Health
    metrics: CallMetrics
    store: AccountStore


def build_server(settings: ServerSettings, keys: SecretKeys) -> Server:
    """A server that listens nowhere yet. Raises StoreNotReady."""
    store = open_store(settings)
    metrics = CallMetrics()
    interceptors = [
        AccessLog(time.monotonic),  # outermost, with the next: they see what all others answer
        metrics,
        ErrorTranslation(),  # the only place where an error becomes a status
        # Before the request is parsed, which the innermost step of the chain does.
        Authentication(_verifier(settings, keys), time.time),
        MetadataLimit(),  # after authentication: an oversized token is TOKEN_INVALID
    ]
    pool = CallPool(settings.threads)
    chain = Chain(interceptors, Admission(pool, settings.max_calls))
    grpc_server = serving.grpc_server(pool, chain, share_port=settings.workers > 1)
    add_UserServiceServicer_to_server(_user_service(settings, store), grpc_server)
    health = Health(_SERVICES, partial(store_answers, store))
    health.add_to(grpc_server)
    if settings.reflection:
        add_reflection(grpc_server, (*_SERVICES, "grpc.health.v1.Health"))
    return Server(grpc_server, health, metrics, store)


def open_store(settings: ServerSettings) -> AccountStore:
    """The store that the settings name. Raises StoreNotReady."""
    return open_account_store(read_location(settings.store), cassandra_login(settings))


def cassandra_login(settings: ServerSettings) -> CassandraLogin:
    """Who we are to Cassandra."""
    return CassandraLogin(settings.cassandra_username, settings.cassandra_password)


def issuer(settings: ServerSettings, keys: SecretKeys) -> Issuer:
    """What signs tokens."""
    return Issuer(keys, _policy(settings))


def store_answers(store: AccountStore) -> bool:
    """Whether the store answers the two reads that calls make, within PROBE_SECONDS together."""
    deadline = Deadline(PROBE_SECONDS)
    try:
        with suppress(UserNotFound):
            store.account(_NOBODY, deadline)
        store.credentials_locked(_NOBODYS_EMAIL, deadline)
    except (StoreUnavailable, DeadlinePassed):
        return False
    return True


def _verifier(settings: ServerSettings, keys: SecretKeys) -> RememberingVerifier:
    verifier = Verifier(keys, _policy(settings))
    return RememberingVerifier(verifier, leeway_seconds=settings.token_leeway)


def _policy(settings: ServerSettings) -> TokenPolicy:
    return TokenPolicy(settings.issuer, settings.audience, settings.token_leeway)


def _user_service(settings: ServerSettings, store: AccountStore) -> UserService:
    locks = RememberedLocks(store, ttl_seconds=settings.cache_ttl, timer=time.monotonic)
    report_missing_user = settings.missing_user == "not_found"
    rule = CurrentUserRule(store, locks, report_missing_user=report_missing_user)
    return UserService(rule, store, store_timeout_seconds=settings.store_timeout)
