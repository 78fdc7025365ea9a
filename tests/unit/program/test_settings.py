"""A wrong setting stops the start with a line that names it; a secret is never shown."""

import os
from pathlib import Path

import pytest

from getme.program import setting_names
from getme.program.settings import (
    PREFIX,
    ListenAddress,
    ProgramSettings,
    SettingsError,
    environment_name,
    load,
)
from getme_gateway.settings import GatewaySettings
from getme_server.settings import ServerSettings

SECRET = "canary-secret-0123456789abcdef0123456789"


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith(PREFIX)]:
        monkeypatch.delenv(name)


def load_with(
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, str],
    kind: type[ProgramSettings] = ServerSettings,
) -> ProgramSettings:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return load(kind)


def server_with(monkeypatch: pytest.MonkeyPatch, **settings: str) -> ServerSettings:
    loaded = load_with(monkeypatch, settings)
    assert isinstance(loaded, ServerSettings)
    return loaded


# Name, value, the whole line that refuses it.
REFUSED = {
    "misspelt": ("GETME_LISTNE", "x", "is not a setting of getme; did you mean GETME_LISTEN?"),
    "misspelt and empty": (
        "GETME_LISTNE", "", "is not a setting of getme; did you mean GETME_LISTEN?"
    ),
    "like nothing known": ("GETME_QQQQQQQQ", "x", "is not a setting of getme"),
    "lower case": ("getme_listen", "x:1", "is not a setting of getme; did you mean GETME_LISTEN?"),
    "misspelt secret file": (
        "GETME_SECRET_KYE_FILE", "/x", "is not a setting of getme; did you mean GETME_SECRET_KEY?"
    ),
    "file of what is no secret": (
        "GETME_LISTEN_FILE", "/x", "is not a setting of getme: only secrets may stand in a file"
    ),
    "secret that is not UTF-8": (
        "GETME_SECRET_KEY", "a" * 40 + "\udcff",
        "holds characters that are not printable UTF-8 text",
    ),
    "address that is a URL": (
        "GETME_LISTEN", "http://h:1",
        ": 'http://h:1' is not host:port, such as 127.0.0.1:8080 or [::1]:8080",
    ),
    "address without brackets": (
        "GETME_LISTEN", "::1:80",
        ": '::1:80' is not host:port, such as 127.0.0.1:8080 or [::1]:8080",
    ),
    "key without a certificate": (
        "GETME_TLS_KEY", "/x", ": belongs together with GETME_TLS_CERT; one is missing"
    ),
    "CA of clients without TLS": (
        "GETME_TLS_CLIENT_CA", "/x",
        ": needs GETME_TLS_CERT and GETME_TLS_KEY; without them there is no TLS",
    ),
    "duration without a unit": (
        "GETME_STORE_TIMEOUT", "5",
        ": a duration is a number with a unit, such as 500ms, 60s, 30m, 1h or 30d",
    ),
    "duration of nothing": ("GETME_STORE_TIMEOUT", "0", ": Input should be greater than 0"),
    "requirement that is no member": (
        "GETME_TOKEN_REQUIRE", "typ,sid",
        ": this is a list of typ, jti, iat, nbf, joined by commas",
    ),
    "no life at all": (
        "GETME_TOKEN_MAX_TTL", "0", ": Input should be greater than or equal to 1"
    ),
    "leeway of an hour": (
        "GETME_TOKEN_LEEWAY", "1h", ": Input should be less than or equal to 300"
    ),
    "address without a port": (
        "GETME_LISTEN", "localhost", ": 'localhost' is not host:port, such as 127.0.0.1:8080"
    ),
    "address with a port beyond all": (
        "GETME_LISTEN", "h:65536", ": 65536 is not a port; ports go from 0 to 65535"
    ),
    "number that is none": (
        "GETME_THREADS", "many",
        ": Input should be a valid integer, unable to parse string as an integer",
    ),
    "number out of range": (
        "GETME_WORKERS", "0", ": Input should be greater than or equal to 1"
    ),
    "choice that is none": (
        "GETME_MISSING_USER", "found", ": Input should be 'token_invalid' or 'not_found'"
    ),
    "level that is none": (
        "GETME_LOG_LEVEL", "loud", ": Input should be 'debug', 'info', 'warning' or 'error'"
    ),
    "switch that is none": (
        "GETME_REFLECTION", "maybe",
        ": Input should be a valid boolean, unable to interpret input",
    ),
    "store of no kind": (
        "GETME_STORE", "mysql://h/x",
        ": a store is sqlite:///getme.db or cassandra://host1,host2/killrvideo?local_dc=dc1",
    ),
    "secret file that is not there": (
        "GETME_SECRET_KEY_FILE", "/nowhere/x", ": cannot read /nowhere/x: No such file or directory"
    ),
    "secret file that is a folder": (
        "GETME_SECRET_KEY_FILE", "/", ": cannot read /: Is a directory"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "value", "says"), REFUSED.values(), ids=REFUSED)
def test_wrong_setting_is_named_with_what_is_right(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        load_with(monkeypatch, {name: value})
    assert str(refused.value) == name + (says if says.startswith(":") else f" {says}")


def test_own_tokens_that_would_live_longer_than_any_may_are_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(SettingsError, match=r"GETME_ACCESS_TTL: .* GETME_TOKEN_MAX_TTL"):
        load_with(monkeypatch, {"GETME_TOKEN_MAX_TTL": "30m"})
    server_with(monkeypatch, GETME_TOKEN_MAX_TTL="30m", GETME_ACCESS_TTL="30m")


def test_each_wrong_value_has_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError) as refused:
        load_with(monkeypatch, {"GETME_THREADS": "x", "GETME_LISTEN": "y"})
    assert [line.partition(":")[0] for line in str(refused.value).splitlines()] == [
        "GETME_LISTEN",
        "GETME_THREADS",
    ]


def test_setting_of_the_other_program_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    server_with(monkeypatch, GETME_GATEWAY_LISTEN="127.0.0.1:1")
    load_with(monkeypatch, {"GETME_THREADS": "3"}, GatewaySettings)


def test_names_of_others_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    server_with(monkeypatch, GETME_TEST_REQUIRE="all", GETMEX="1", NOT_GETME_LISTEN="x")


@pytest.mark.parametrize(
    "name", ["GETME_LISTEN", "GETME_SECRET_KEY", "GETME_THREADS", "GETME_TLS_CERT"]
)
def test_empty_value_counts_as_unset(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    defaults = server_with(monkeypatch)
    assert server_with(monkeypatch, **{name: ""}) == defaults


def test_empty_file_name_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = server_with(monkeypatch, GETME_SECRET_KEY_FILE="", GETME_KEYS_FILE="")
    assert settings.secret_key is None


def test_values_are_read_as_what_they_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = server_with(
        monkeypatch,
        GETME_STORE_TIMEOUT="250ms",
        GETME_ACCESS_TTL="30m",
        GETME_CACHE_TTL="0",
        GETME_REFLECTION="off",
        GETME_LISTEN="[::1]:0",
    )
    assert (settings.store_timeout, settings.access_ttl, settings.cache_ttl) == (0.25, 1_800, 0)
    assert not settings.reflection
    assert (settings.listen.host, settings.listen.port) == ("::1", 0)


@pytest.mark.parametrize("ending", ["", "\n", "\r\n", "\n\n"], ids=repr)
def test_secret_may_stand_in_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / "secret"
    path.write_bytes(f"{SECRET}{ending}".encode())
    assert server_with(monkeypatch, GETME_SECRET_KEY_FILE=str(path)).secret_key == SECRET


def test_secret_and_its_file_at_once_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "secret"
    path.write_text(SECRET)
    with pytest.raises(SettingsError) as refused:
        server_with(monkeypatch, GETME_SECRET_KEY=SECRET, GETME_SECRET_KEY_FILE=str(path))
    assert str(refused.value) == (
        "GETME_SECRET_KEY and GETME_SECRET_KEY_FILE are both set; keep one of them"
    )


def test_secret_file_that_is_not_text_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError) as refused:
        server_with(monkeypatch, GETME_SECRET_KEY_FILE=str(path))
    assert str(refused.value) == f"GETME_SECRET_KEY_FILE: cannot read {path}: it is not UTF-8 text"


@pytest.mark.parametrize("text", [f"\ufeff{SECRET}", f"{SECRET}\nanother"], ids=["BOM", "lines"])
def test_secret_file_of_more_than_one_line_of_text_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    path = tmp_path / "secret"
    path.write_text(text, "utf-8")
    with pytest.raises(SettingsError) as refused:
        server_with(monkeypatch, GETME_SECRET_KEY_FILE=str(path))
    told = f"GETME_SECRET_KEY_FILE: {path} holds more than one line of printable text"
    assert str(refused.value) == told


def test_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = server_with(
        monkeypatch, GETME_SECRET_KEY=SECRET, GETME_CASSANDRA_PASSWORD=f"{SECRET}x"
    )
    assert SECRET not in f"{settings!r} {settings}"
    with pytest.raises(SettingsError) as refused:
        server_with(monkeypatch, GETME_THREADS=SECRET, GETME_STORE=f"cassandra://u:{SECRET}@h/k")
    assert SECRET not in f"{refused.value} {refused.value!r} {refused.value.__cause__!r}"


@pytest.mark.parametrize(
    ("kind", "names"),
    [(ServerSettings, setting_names.SERVER), (GatewaySettings, setting_names.GATEWAY)],
    ids=["server", "gateway"],
)
def test_list_of_names_is_that_of_the_class(
    kind: type[ProgramSettings], names: frozenset[str]
) -> None:
    assert {environment_name(field) for field in kind.model_fields} == names


@pytest.mark.parametrize("kind", [ServerSettings, GatewaySettings])
def test_every_setting_is_described(kind: type[ProgramSettings]) -> None:
    assert [name for name, field in kind.model_fields.items() if not field.description] == []


ADDRESSES = {
    "127.0.0.1:8080": ("127.0.0.1", 8080),
    "0.0.0.0:0": ("0.0.0.0", 0),  # noqa: S104  # only read
    "[::1]:50051": ("::1", 50051),
    "[::]:65535": ("::", 65535),
    "server.example:1": ("server.example", 1),
}
NO_ADDRESSES = ["", "host", "host:", ":80", "host:http", "host:-1", "h:1.5", "h: 80", "h:\u0661"]


@pytest.mark.parametrize(("text", "parts"), ADDRESSES.items(), ids=ADDRESSES)
def test_address_is_a_host_and_a_port(text: str, parts: tuple[str, int]) -> None:
    address = ListenAddress(text)
    assert (address, (address.host, address.port)) == (text, parts)
    other = address.with_port(7)
    assert (other.host, other.port) == (parts[0], 7)
    assert other == text[: text.rindex(":")] + ":7"


@pytest.mark.parametrize("text", NO_ADDRESSES, ids=repr)
def test_text_that_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not host:port, such as"):
        ListenAddress(text)
