"""Connects to a cluster as its own experts would, and says plainly what is in the way.

https://docs.datastax.com/en/developer/python-driver: policies, execution profiles. The policy
is explicit, because without one the driver guesses the data centre and only warns.
"""

from collections.abc import Iterator

from cassandra import AuthenticationFailed, ConsistencyLevel, ProtocolVersion
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import (
    EXEC_PROFILE_DEFAULT,
    BoundStatement,
    Cluster,
    ExecutionProfile,
    NoHostAvailable,
    Session,
    UnresolvableContactPoints,
)
from cassandra.policies import (
    DCAwareRoundRobinPolicy,
    ExponentialReconnectionPolicy,
    FallthroughRetryPolicy,
    LoadBalancingPolicy,
    RoundRobinPolicy,
    TokenAwarePolicy,
)
from cassandra.pool import Host
from cassandra.query import BatchStatement, tuple_factory

from getme_server.stores.cassandra.tls import ssl_context, tls_trouble
from getme_server.stores.errors import StoreNotReady
from getme_server.stores.location import CassandraLocation, CassandraLogin

CONNECT_TIMEOUT_SECONDS = 5
_RECONNECT_FIRST_SECONDS = 0.5
_RECONNECT_LAST_SECONDS = 1  # its return shall be noticed within two seconds
_HEARTBEAT_SECONDS = 2
# A connection that answers no heartbeat for so long is given up, with all that waits on it.
_HEARTBEAT_TIMEOUT_SECONDS = 3


def connect(
    location: CassandraLocation,
    login: CassandraLogin,
    *,
    request_timeout_seconds: float = CONNECT_TIMEOUT_SECONDS,
) -> Session:
    """A session of the cluster, in no keyspace. Raises StoreNotReady.

    request_timeout_seconds: for statements that name none of their own.
    """
    cluster = _cluster(location, login, _near_first(location), request_timeout_seconds)
    try:
        return cluster.connect()
    except NoHostAvailable as unreachable:
        cluster.shutdown()
        _require_data_centre(location, login)
        raise StoreNotReady(_explain(unreachable, location)) from unreachable


def nodes_for(
    session: Session, location: CassandraLocation, query: BoundStatement | BatchStatement
) -> Iterator[Host]:
    """The nodes that may answer a read, those that hold its row first."""
    policy = session.get_execution_profile(EXEC_PROFILE_DEFAULT).load_balancing_policy
    nodes: Iterator[Host] = policy.make_query_plan(location.keyspace, query)
    return nodes


def _near_first(location: CassandraLocation) -> LoadBalancingPolicy:
    return TokenAwarePolicy(DCAwareRoundRobinPolicy(local_dc=location.local_dc or ""))


def _cluster(
    location: CassandraLocation,
    login: CassandraLogin,
    policy: LoadBalancingPolicy,
    request_timeout_seconds: float,
) -> Cluster:
    try:
        return Cluster(
            location.hosts,
            port=location.port,
            auth_provider=_auth_provider(login),
            ssl_context=ssl_context(location),
            # V5 adds frame checksums, which the driver computes in Python: 7 % of a read's CPU.
            protocol_version=ProtocolVersion.V4,
            execution_profiles={
                EXEC_PROFILE_DEFAULT: _profile(location, policy, request_timeout_seconds)
            },
            reconnection_policy=ExponentialReconnectionPolicy(
                _RECONNECT_FIRST_SECONDS, _RECONNECT_LAST_SECONDS, max_attempts=None
            ),
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            control_connection_timeout=CONNECT_TIMEOUT_SECONDS,
            idle_heartbeat_interval=_HEARTBEAT_SECONDS,
            idle_heartbeat_timeout=_HEARTBEAT_TIMEOUT_SECONDS,
            application_name="getme",
        )
    except UnresolvableContactPoints as unknown:
        hosts = ", ".join(location.hosts)
        raise StoreNotReady(
            f"no address is known for any host of GETME_STORE: {hosts}"
        ) from unknown


def _profile(
    location: CassandraLocation, policy: LoadBalancingPolicy, timeout_seconds: float
) -> ExecutionProfile:
    return ExecutionProfile(
        load_balancing_policy=policy,
        # The driver's default repeats any request after a connection error, on every node, so that
        # a conditional write can be applied twice. Reads are repeated by `connection`.
        retry_policy=FallthroughRetryPolicy(),
        consistency_level=ConsistencyLevel.name_to_value[location.consistency],
        serial_consistency_level=ConsistencyLevel.LOCAL_SERIAL,
        request_timeout=timeout_seconds,
        row_factory=tuple_factory,
    )


def _auth_provider(login: CassandraLogin) -> PlainTextAuthProvider | None:
    if login.username is None:
        return None
    return PlainTextAuthProvider(login.username, login.password or "")


def _explain(unreachable: NoHostAvailable, location: CassandraLocation) -> str:
    """What a person can do about it, with the kind of error of each host."""
    where = f"Cassandra at {','.join(location.hosts)}:{location.port}"
    errors = unreachable.errors if isinstance(unreachable.errors, dict) else {}
    if any(isinstance(error, AuthenticationFailed) for error in errors.values()):
        return (
            f"{where} refuses the sign-in; check GETME_CASSANDRA_USERNAME and"
            " GETME_CASSANDRA_PASSWORD"
        )
    trouble = tls_trouble(errors.values(), location)
    if trouble:
        return f"{where} {trouble}"
    kinds = ", ".join(sorted({type(error).__name__ for error in errors.values()})) or "no answer"
    return f"{where} cannot be reached ({kinds}); check GETME_STORE and that the cluster is up"


def _require_data_centre(location: CassandraLocation, login: CassandraLogin) -> None:
    """Raises StoreNotReady if the cluster is there, without the data centre that is asked for.

    The driver takes no host of another data centre and so only says that there is none.
    """
    cluster = _cluster(location, login, RoundRobinPolicy(), CONNECT_TIMEOUT_SECONDS)
    try:
        cluster.connect()
    except NoHostAvailable:
        return
    finally:
        present = sorted({str(host.datacenter) for host in cluster.metadata.all_hosts()})
        cluster.shutdown()
    if location.local_dc not in present:
        raise StoreNotReady(
            f"local_dc={location.local_dc} is not a data centre of this cluster;"
            f" it has: {', '.join(present)}"
        )
