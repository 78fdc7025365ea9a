"""The gateway's settings; `__main__` reads them once, everything else gets the values it needs."""

from pathlib import Path

from pydantic import Field, ValidationInfo, field_validator

from getme.program.logs import LogFormat, LogLevel
from getme.program.settings import (
    Address,
    ListenAddress,
    Seconds,
    key_with_its_certificate,
)
from getme.program.stop_settings import StopSettings
from getme.program.tracing_settings import TracingSettings
from getme.targets import read_servers
from getme_gateway.transcoding.json_names import JsonNames
from getme_gateway.web_origin import read_origins


class GatewaySettings(StopSettings, TracingSettings):
    """Where the gateway listens, whom it asks, and how it answers."""

    gateway_listen: Address = Field(
        default=ListenAddress("127.0.0.1:8080"), description="Address for browsers (HTTP/1.1)."
    )
    gateway_upstream: str = Field(
        default="127.0.0.1:50051",
        description="gRPC address of getme-server; of several, joined by commas, or"
        " `dns:///name:port` where a name stands for several: each in turn that can answer.",
    )
    gateway_metrics_listen: Address = Field(
        default=ListenAddress("127.0.0.1:9465"), description="The gateway's Prometheus listener."
    )
    gateway_cors_origins: str = Field(
        default="",
        description="Origins whose pages may call us with credentials, joined by commas, such as"
        " `https://app.example.org`; each is trusted as our own pages are.",
    )
    gateway_tls_cert: Path | None = Field(
        default=None,
        description="PEM file with our certificate and those between it and its root: TLS towards"
        " browsers; taken up when it changes.",
    )
    gateway_tls_key: Path | None = Field(
        default=None,
        validate_default=True,
        description="PEM file with the key of that certificate, not encrypted.",
    )
    gateway_upstream_ca: Path | None = Field(
        default=None,
        description="PEM file with the roots that the server's certificate must come from: TLS"
        " towards the server; looked at while it runs, as the next two.",
    )
    gateway_upstream_cert: Path | None = Field(
        default=None,
        description="PEM file with the certificate that we show to the server (mutual TLS).",
    )
    gateway_upstream_key: Path | None = Field(
        default=None,
        validate_default=True,
        description="PEM file with the key of that certificate, not encrypted.",
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
    def _names_ports(cls, addresses: str) -> str:
        for host in read_servers(addresses).hosts:
            if not ListenAddress(host).port:
                raise ValueError("port 0 cannot be reached")
        return addresses

    @field_validator("gateway_cors_origins")
    @classmethod
    def _are_origins(cls, text: str) -> str:
        read_origins(text)
        return text

    _keys_have_certificates = field_validator("gateway_tls_key", "gateway_upstream_key")(
        key_with_its_certificate
    )

    @field_validator("gateway_upstream_cert")
    @classmethod
    def _is_shown_over_tls(cls, cert: Path | None, info: ValidationInfo) -> Path | None:
        if cert is not None and info.data.get("gateway_upstream_ca") is None:
            raise ValueError("needs GETME_GATEWAY_UPSTREAM_CA; without it there is no TLS")
        return cert
