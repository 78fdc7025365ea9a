"""The server's settings: read once at the start; others get the values that they need."""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from getme.program.logs import LogFormat, LogLevel
from getme.program.settings import Address, ListenAddress, ProgramSettings, Seconds, secret
from getme_server.stores.location import read_location
from getme_server.stores.opening import SPECULATIVE_DELAY_SECONDS
from getme_server.tokens.policy import REQUIRABLE

MAX_ACCESS_TTL_SECONDS = 31_536_000  # a year; nobody can take such a token back


class ServerSettings(ProgramSettings):
    """Every setting of `getme-server`; the docs table is made from this class."""

    listen: Address = Field(ListenAddress("127.0.0.1:50051"), description="gRPC address")
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
        "HS256 secret of 32 bytes or more; `new,old` verifies with each and signs with the first"
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
    missing_user: Literal["token_invalid", "not_found"] = Field(
        "token_invalid",
        description="the answer to a good token whose user is gone; `not_found` tells it apart",
    )
    cache_ttl: Seconds = Field(
        60.0,
        ge=0,
        description="how long a change made around getme may take to have effect; `0`: none",
    )
    workers: int = Field(
        os.cpu_count() or 1, ge=1, le=256, description="processes that share the port"
    )
    threads: int = Field(16, ge=1, le=1_024, description="threads for calls in each process")
    max_calls: int = Field(
        1_000, ge=1, description="calls under way in each process; over it they are OVERLOADED"
    )
    metrics_listen: Address = Field(
        ListenAddress("127.0.0.1:9464"), description="Prometheus metrics over HTTP"
    )
    reflection: bool = Field(default=True, description="serve gRPC reflection")
    log_format: LogFormat | None = Field(
        None, description="`json`, or `text`, which is the default on a terminal"
    )
    log_level: LogLevel = Field("info", description="the least level that is logged")

    @field_validator("store")
    @classmethod
    def _readable_location(cls, value: str) -> str:
        read_location(value)
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
