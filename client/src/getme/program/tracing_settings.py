"""The settings of tracing, which both programs have: their types, and what may be set.

Imports nothing of OpenTelemetry, which is an extra and not needed where tracing is off.
"""

from importlib.util import find_spec
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from getme.program.settings import ProgramSettings

OFF: Literal["off"] = "off"
DEFAULT_ENDPOINT = "http://127.0.0.1:4317"  # OpenTelemetry's own, for OTLP over gRPC
_SCHEMES = ("http", "https")
_NEEDED = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.grpc")


def _installed(export: str) -> str:
    if export != OFF and not all(map(_is_there, _NEEDED)):
        raise ValueError("OpenTelemetry is not installed; run: pip install 'getme[otel]'")
    return export


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # not even the package that it is in
        return False


def _reachable(endpoint: str) -> str:
    url = urlsplit(endpoint)
    if url.scheme not in _SCHEMES or not url.hostname or not url.port:
        raise ValueError("this is http://host:port, or https://host:port for TLS")
    if url.path.strip("/") or url.query or url.fragment or url.username is not None:
        raise ValueError("OTLP over gRPC has no path, and takes no password from an address")
    return f"{url.scheme}://{url.netloc}"


class TracingSettings(ProgramSettings):
    """Whether, where to and how much is traced."""

    tracing: Annotated[Literal["off", "otlp"], AfterValidator(_installed)] = Field(
        default=OFF,
        description="`otlp`: spans of requests, calls and store requests go to an OpenTelemetry"
        " collector; needs the extra `otel`",
    )
    tracing_endpoint: Annotated[str, AfterValidator(_reachable)] = Field(
        default=DEFAULT_ENDPOINT,
        description="where the collector takes OTLP over gRPC; `https://` for TLS",
    )
    tracing_ratio: float = Field(
        default=1,
        ge=0,
        le=1,
        description="how many of the requests are traced, from 0 to 1, where the caller has not"
        " decided it",
    )
