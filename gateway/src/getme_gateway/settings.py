"""The gateway's settings; `__main__` reads them once, everything else gets the values it needs."""

from pydantic import Field, field_validator

from getme.program.logs import LogFormat, LogLevel
from getme.program.settings import Address, ListenAddress, ProgramSettings, Seconds
from getme_gateway.transcoding.json_names import JsonNames


class GatewaySettings(ProgramSettings):
    """Where the gateway listens, whom it asks, and how it answers."""

    gateway_listen: Address = Field(
        default=ListenAddress("127.0.0.1:8080"), description="Address for browsers (HTTP/1.1)."
    )
    gateway_upstream: Address = Field(
        default=ListenAddress("127.0.0.1:50051"), description="gRPC address of getme-server."
    )
    gateway_metrics_listen: Address = Field(
        default=ListenAddress("127.0.0.1:9465"), description="The gateway's Prometheus listener."
    )
    gateway_json_names: JsonNames = Field(
        default=JsonNames.COLUMNS,
        description="Keys in answers: `columns`, or `camel` as KillrVideo's backend answers.",
    )
    gateway_max_age: Seconds = Field(
        default=60.0,
        ge=0,
        description="How long a user, or the public keys, may be reused by who was given them.",
    )
    gateway_timeout: Seconds = Field(
        default=5.0, gt=0, description="How long the server may take for one request."
    )
    gateway_cache_memory: int = Field(
        64,
        ge=0,
        le=65_536,
        description="MiB for answers that are remembered; `0`: each request asks the server",
    )
    gateway_channels: int = Field(
        default=16,
        ge=1,
        le=256,
        description="Connections to the server; more than its workers, so that all are used.",
    )
    log_format: LogFormat | None = Field(
        default=None, description="`json` or `text`; unset: `text` on a terminal, else `json`."
    )
    log_level: LogLevel = Field(
        default="info", description="`debug`, `info`, `warning` or `error`."
    )

    @field_validator("gateway_upstream")
    @classmethod
    def _names_a_port(cls, address: ListenAddress) -> ListenAddress:
        if not address.port:
            raise ValueError("port 0 cannot be reached")
        return address
