"""Reads a program's settings from the environment, once, and says plainly what is wrong.

The only module, with the two settings classes built on it, that looks at the environment.
Secrets may stand in a file that `NAME_FILE` names (the way of Docker and Kubernetes secrets).
"""

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

from pydantic import BeforeValidator, Field, ValidationError, ValidationInfo
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from pydantic_settings import SettingsError as SourceError

from getme.program import setting_names
from getme.program.durations import duration_seconds

MAX_PORT = 65_535
PREFIX = "GETME_"


class SettingsError(Exception):
    """A setting is unknown or has a value that cannot be used; the text names it."""


class ListenAddress(str):
    """`host:port` to listen on or to reach; `host` and `port` apart."""

    __slots__ = ("host", "port")

    host: str
    port: int

    def __new__(cls, text: str) -> Self:
        """Reads `host:port`, with an IPv6 host in brackets. Raises ValueError."""
        host, separator, port = text.rpartition(":")
        if not separator or not host or not port.isascii() or not port.isdecimal():
            raise ValueError(f"{text!r} is not host:port, such as 127.0.0.1:8080")
        bracketed = host.startswith("[") and host.endswith("]")
        if "/" in host or (":" in host and not bracketed):
            raise ValueError(f"{text!r} is not host:port, such as 127.0.0.1:8080 or [::1]:8080")
        if int(port) > MAX_PORT:
            raise ValueError(f"{port} is not a port; ports go from 0 to {MAX_PORT}")
        address = super().__new__(cls, text)
        address.host = host.removeprefix("[").removesuffix("]")
        address.port = int(port)
        return address

    def with_port(self, port: int) -> "ListenAddress":
        """The same host with another port, such as the one that port 0 came to."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return ListenAddress(f"{host}:{port}")


def _listen_address(value: object) -> ListenAddress:
    return ListenAddress(str(value))


def _seconds(value: object) -> object:
    return duration_seconds(value) if isinstance(value, str) else value


Address = Annotated[ListenAddress, BeforeValidator(_listen_address)]
Seconds = Annotated[float, BeforeValidator(_seconds)]


_SECRET: dict[str, Any] = {"secret": True}  # the mark by which a field's kind is known


def secret(description: str) -> Any:
    """A field that is None unless set, whose value may also be given as a file, never shown."""
    return Field(default=None, description=description, repr=False, json_schema_extra=_SECRET)


class ProgramSettings(BaseSettings):
    """Base of a program's settings: `GETME_` and the field's name in capitals."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        arbitrary_types_allowed=True,
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # the signature is given
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # the signature is given
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then secret files; no .env file is looked for."""
        return (init_settings, env_settings, _SecretFileSource(settings_cls))


class _SecretFileSource(EnvSettingsSource):
    """Reads the file that `NAME_FILE` names, for fields made by `secret`."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        name = environment_name(field_name)
        path = os.environ.get(f"{name}_FILE")
        if not path or not is_secret(field):
            return None, field_name, False
        if os.environ.get(name):
            raise SettingsError(f"{name} and {name}_FILE are both set; keep one of them")
        try:
            value = Path(path).read_text("utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as unreadable:
            reason = getattr(unreadable, "strerror", None) or "it is not UTF-8 text"
            raise SettingsError(f"{name}_FILE: cannot read {path}: {reason}") from unreadable
        if not value.isprintable():  # a byte-order mark would become part of the secret
            raise SettingsError(f"{name}_FILE: {path} holds more than one line of printable text")
        return value, field_name, False


def is_secret(field: FieldInfo) -> bool:
    """Whether a field was made by `secret`."""
    return field.json_schema_extra == _SECRET


def secret_files() -> dict[str, Path]:
    """The files that secrets stand in, by the setting whose value each holds."""
    named = {name: os.environ.get(f"{name}_FILE") for name in setting_names.SECRETS}
    return {name: Path(path) for name, path in named.items() if path}


S = TypeVar("S", bound=ProgramSettings)


def load(kind: type[S]) -> S:
    """The settings of the running program.

    Raises SettingsError, one line for each fault, for unknown names and unusable values.
    """
    refuse_unknown(os.environ)
    try:
        return kind()
    except SourceError as failed:  # what a source of ours raised, wrapped by pydantic-settings
        raise SettingsError(str(failed.__cause__ or failed)) from None
    except ValidationError as invalid:
        raise SettingsError("\n".join(map(_fault, invalid.errors()))) from None


def _fault(error: ErrorDetails) -> str:
    name = environment_name(str(error["loc"][0]))
    return f"{name}: {error['msg'].removeprefix('Value error, ')}"


def environment_name(field_name: str) -> str:
    """The environment variable of a field."""
    return f"{PREFIX}{field_name}".upper()


def key_with_its_certificate(key: Path | None, others: ValidationInfo) -> Path | None:
    """For the field `..._key` of a TLS pair, after its `..._cert`. Raises ValueError."""
    cert = str(others.field_name).replace("_key", "_cert")
    if cert in others.data and (key is None) != (others.data[cert] is None):
        raise ValueError(f"belongs together with {environment_name(cert)}; one is missing")
    return key


def refuse_unknown(environ: Mapping[str, str]) -> None:
    """Raises SettingsError for a `GETME_*` name that neither program knows."""
    for name, value in sorted(environ.items()):
        # pydantic would read getme_listen, too.
        if name.upper().startswith(PREFIX) and not name.startswith(setting_names.TEST_PREFIX):
            _require_known(name, value)


def _require_known(name: str, value: str) -> None:
    known = setting_names.SERVER | setting_names.GATEWAY
    bare = name if name in known else name.removesuffix("_FILE")  # GETME_KEYS_FILE is one itself
    if bare not in known:
        close = difflib.get_close_matches(bare.upper(), sorted(known), n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise SettingsError(f"{name} is not a setting of getme{hint}")
    if name != bare and bare not in setting_names.SECRETS:
        raise SettingsError(f"{name} is not a setting of getme: only secrets may stand in a file")
    if not value.isprintable():  # bytes that are not UTF-8 come as surrogates
        raise SettingsError(f"{name} holds characters that are not printable UTF-8 text")
