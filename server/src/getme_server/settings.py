"""The server's settings: read once at the start; others get the values that they need."""

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from getme.program.logs import LogFormat, LogLevel
from getme.program.settings import (
    Address,
    ListenAddress,
    Seconds,
    key_with_its_certificate,
    secret,
)
from getme.program.stop_settings import StopSettings
from getme.program.tracing_settings import TracingSettings
from getme_server.client_address import read_networks
from getme_server.limiting.rate import read_rate
from getme_server.processors import usable_processors
from getme_server.stores.location import read_location
from getme_server.stores.opening import SPECULATIVE_DELAY_SECONDS
from getme_server.tokens.policy import REQUIRABLE

MAX_ACCESS_TTL_SECONDS = 31_536_000  # a year; nobody can take such a token back

# Beyond it, Cassandra could not keep an ended session in mind (CASSANDRA-14092).
MAX_SESSION_TTL_SECONDS = 31_536_000


class ServerSettings(StopSettings, TracingSettings):
    """Every setting of `getme-server`; the docs table is made from this class."""

    listen: Address = Field(ListenAddress("127.0.0.1:50051"), description="gRPC address")
    tls_cert: Path | None = Field(
        None,
        description="PEM file with our certificate and those between it and its root: gRPC over"
        " TLS; taken up when it changes",
    )
    tls_key: Path | None = Field(
        None,
        validate_default=True,
        description="PEM file with the key of that certificate, not encrypted",
    )
    tls_client_ca: Path | None = Field(
        None,
        description="PEM file with the roots that clients' certificates must come from: mutual TLS,"
        " each client has to show one",
    )
    store: str = Field(
        "sqlite:///getme.db",
        description="where the accounts are: `sqlite:///getme.db`, or"
        " `cassandra://host1,host2/killrvideo?local_dc=dc1&consistency=LOCAL_QUORUM`; more options:"
        " `replication=dc1:3` for a keyspace that `migrate` has to make; `tls=true` for TLS, with"
        " `ca=/path` (default: the system's) and, where the cluster asks who we are,"
        " `cert=/path&key=/path`, all PEM files; the nodes' certificates must name their IP"
        " addresses",
    )
    store_timeout: Seconds = Field(
        2.0, gt=0, description="how long a call waits for the store at most"
    )
    cassandra_username: str | None = secret("the role that we sign in to Cassandra with")
    cassandra_password: str | None = secret("the password of that role")
    cassandra_speculative_delay: Seconds = Field(
        SPECULATIVE_DELAY_SECONDS,
        ge=0,
        description="how long a node of Cassandra may take before a read is sent to the next one"
        " as well; `0`: for ever",
    )
    secret_key: str | None = secret(
        "HS256 secret of 32 bytes or more; `new,old` verifies with each and signs with the first;"
        " in a file, reloaded when it changes"
    )
    keys_file: Path | None = Field(
        None,
        description="JWKS with private keys (RS256, ES256, EdDSA), in place of a secret; reloaded"
        " when it changes",
    )
    issuer: str | None = Field(
        None, description="required as `iss` in tokens, and put into those that getme issues"
    )
    audience: str | None = Field(
        None, description="required as `aud` in tokens, and put into those that getme issues"
    )
    token_leeway: Seconds = Field(
        0.0, ge=0, le=300, description="how far the clocks of token issuers may differ"
    )
    token_max_ttl: Seconds | None = Field(
        None,
        ge=1,
        description="the longest life of any token, whoever issues it; longer ones are refused. It"
        " bounds how long revocations are kept, and how old a token without `iat` counts",
    )
    token_require: str = Field(
        "",
        description="what a token must have besides `sub`, `roles` and `exp`: any of `typ`, `jti`,"
        " `iat`, `nbf`, joined by commas",
    )
    access_ttl: Seconds = Field(
        3_600.0,
        ge=1,
        le=MAX_ACCESS_TTL_SECONDS,
        validate_default=True,
        description="how long an issued token is good",
    )
    accounts: bool = Field(
        default=True,
        description="`off`: another service signs users in, and only the calls that read and those"
        " of moderators are served",
    )
    refresh_ttl: Seconds = Field(
        2_592_000.0,
        ge=1,
        description="how long a session lives after it was used last, and its refresh token with"
        " it (`30d`)",
    )
    session_max_ttl: Seconds = Field(
        7_776_000.0,
        ge=1,
        le=MAX_SESSION_TTL_SECONDS,
        description="how long a session lives at most, however often it is used (`90d`)",
    )
    password_memory: int = Field(
        64,
        ge=8,
        le=256,  # what a stored hash may ask for at most (`passwords.cost`)
        description="MiB of memory for each password that is hashed (argon2id, RFC 9106 section 4)",
    )
    password_time: int = Field(
        3, ge=1, le=10, description="how many times a password's hash passes over that memory"
    )
    password_lanes: int = Field(
        4, ge=1, le=16, description="how many threads hash one password; part of the hash"
    )
    password_threads: int = Field(
        2,
        ge=1,
        le=64,
        description="how many passwords each process hashes at once, which bounds their memory",
    )
    password_queue: int = Field(
        256,
        ge=1,
        description="how many calls with a password each process takes at once; over it they are"
        " OVERLOADED",
    )
    limit_password: str = Field(
        "10 per 10 minutes",
        description="attempts with a password for one account from one client address; `off`: any",
    )
    limit_account: str = Field(
        "100 per hour",
        description="attempts with a password for one account from all addresses; `off`: any",
    )
    limit_address: str = Field(
        "300 per 10 minutes",
        description="sign-ins from one client address, and as many registrations and refreshes;"
        " `off`: any",
    )
    redis_url: str | None = secret(
        "where all servers count attempts together and tell each other of changes at once, such as"
        " `redis://host:6379/0`; unset: each counts for itself, and polls the store for changes"
    )
    trusted_proxies: str = Field(
        "127.0.0.0/8,::1/128",
        description="networks of gateways and proxies whose `x-forwarded-for` is believed, read"
        " from the right",
    )
    missing_user: Literal["token_invalid", "not_found"] = Field(
        "token_invalid",
        description="the answer to a good token whose user is gone; `not_found` tells it apart",
    )
    cache_ttl: Seconds = Field(
        60.0,
        ge=0,
        description="how long a user is remembered, and so a change made around getme unseen, at"
        " most; `0`: each call reads the store",
    )
    cache_memory: int = Field(
        64,
        ge=1,
        le=65_536,
        description="MiB in each process for users that are remembered, and as many for answers",
    )
    workers: int = Field(
        default_factory=usable_processors,
        ge=1,
        le=256,
        description="processes that share the port; by default one for each core that CPU affinity"
        " and the limit of a container leave",
    )
    threads: int = Field(32, ge=1, le=1_024, description="threads for calls in each process")
    max_calls: int = Field(
        1_000, ge=1, description="calls under way in each process; over it they are OVERLOADED"
    )
    max_connection_age: Seconds = Field(
        1_800.0,
        ge=0,
        le=604_800,
        description="how long a connection takes new calls, give or take a tenth; clients then"
        " connect anew, look the name up again and find servers that came since. Calls and streams"
        " under way stay; `0`: for ever",
    )
    metrics_listen: Address = Field(
        ListenAddress("127.0.0.1:9464"), description="Prometheus metrics over HTTP"
    )
    reflection: bool = Field(default=True, description="serve gRPC reflection")
    log_format: LogFormat | None = Field(
        None, description="`json`, or `text`, which is the default on a terminal"
    )
    log_level: LogLevel = Field("info", description="the least level that is logged")

    _key_has_certificate = field_validator("tls_key")(key_with_its_certificate)

    @field_validator("tls_client_ca")
    @classmethod
    def _asks_over_tls(cls, client_ca: Path | None, others: ValidationInfo) -> Path | None:
        if client_ca is not None and others.data.get("tls_cert") is None:
            raise ValueError("needs GETME_TLS_CERT and GETME_TLS_KEY; without them there is no TLS")
        return client_ca

    @field_validator("store")
    @classmethod
    def _readable_location(cls, value: str) -> str:
        read_location(value)
        return value

    @field_validator("limit_password", "limit_account", "limit_address")
    @classmethod
    def _readable_rate(cls, value: str) -> str:
        read_rate(value)
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _readable_networks(cls, value: str) -> str:
        read_networks(value)
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: str | None) -> str | None:
        if value is None:
            return None
        # Here, not above: most servers have no Redis, and its client takes a while to import.
        from getme_server.limiting.redis_limits import read_redis_url  # noqa: PLC0415

        return read_redis_url(value)

    @field_validator("session_max_ttl")
    @classmethod
    def _no_shorter_than_idle(cls, value: float, others: ValidationInfo) -> float:
        if value < others.data.get("refresh_ttl", 0):
            raise ValueError("a session would end before GETME_REFRESH_TTL; make that shorter too")
        return value

    @field_validator("access_ttl")
    @classmethod
    def _within_longest_life(cls, value: float, others: ValidationInfo) -> float:
        longest = others.data.get("token_max_ttl")
        if longest is not None and value > longest:
            raise ValueError("tokens of getme would live longer than GETME_TOKEN_MAX_TTL")
        return value

    @field_validator("token_require")
    @classmethod
    def _requirable(cls, value: str) -> str:
        names = value.replace(" ", "").split(",")
        if not set(names) <= {"", *REQUIRABLE}:
            raise ValueError(f"this is a list of {', '.join(REQUIRABLE)}, joined by commas")
        return ",".join(names)
