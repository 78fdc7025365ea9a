"""The gateway's settings: what they are called and which values are refused."""

import pytest

from getme.program.setting_names import GATEWAY
from getme.program.settings import SettingsError, environment_name, load
from getme_gateway.settings import GatewaySettings
from getme_gateway.transcoding.json_names import JsonNames
from getme_gateway.web_origin import read_origins


def test_every_setting_is_known_to_both_programs_and_described() -> None:
    fields = GatewaySettings.model_fields
    assert {environment_name(name) for name in fields} == GATEWAY
    assert all(field.description for field in fields.values())


def test_settings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GETME_GATEWAY_JSON_NAMES", "camel")
    monkeypatch.setenv("GETME_GATEWAY_LISTEN", "[::1]:9000")
    monkeypatch.setenv("GETME_GATEWAY_MAX_AGE", "2m")
    settings = load(GatewaySettings)
    assert settings.gateway_json_names is JsonNames.CAMEL
    assert (settings.gateway_listen.host, settings.gateway_listen.port) == ("::1", 9000)
    assert settings.gateway_max_age == 120


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GETME_GATEWAY_LISTEN", "8080"),
        ("GETME_GATEWAY_UPSTREAM", "localhost:0"),
        ("GETME_GATEWAY_JSON_NAMES", "snake"),
        ("GETME_GATEWAY_MAX_AGE", "60"),
        ("GETME_GATEWAY_TIMEOUT", "0"),
        ("GETME_GATEWAY_CHANNELS", "0"),
        ("GETME_GATEWAY_CHANNELS", "many"),
        ("GETME_GATEWAY_LISTN", "127.0.0.1:8080"),
        ("GETME_GATEWAY_TLS_CERT", "/cert.pem"),
        ("GETME_GATEWAY_TLS_KEY", "/key.pem"),
        ("GETME_GATEWAY_UPSTREAM_CERT", "/cert.pem"),
        ("GETME_GATEWAY_UPSTREAM_KEY", "/key.pem"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        load(GatewaySettings)


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "null",
        "app.example.org",
        "https://app.example.org/",
        "https://app.example.org/path",
        "https://*.example.org",
        "https://App.example.org",
        "https://app.example.org:443",
        "http://app.example.org:80",
        "https://user@app.example.org",
        "https://b\u00fccher.example",
        "file:///page.html",
        "https://",
    ],
)
def test_what_is_no_origin_stops_the_start_and_is_named(
    monkeypatch: pytest.MonkeyPatch, origin: str
) -> None:
    monkeypatch.setenv("GETME_GATEWAY_CORS_ORIGINS", f"https://good.example.org, {origin}")
    with pytest.raises(SettingsError, match="GETME_GATEWAY_CORS_ORIGINS") as refused:
        load(GatewaySettings)
    assert repr(origin) in str(refused.value)


def test_origins_are_a_list_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "GETME_GATEWAY_CORS_ORIGINS", "https://app.example.org, http://localhost:5173,http://[::1],"
    )
    assert read_origins(load(GatewaySettings).gateway_cors_origins) == {
        b"https://app.example.org",
        b"http://localhost:5173",
        b"http://[::1]",
    }
