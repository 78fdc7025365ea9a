"""What of tracing may be set, and what is refused before anything starts."""

import pytest

from getme.program.settings import SettingsError, load
from getme_gateway.settings import GatewaySettings

REFUSED = {
    "an unknown way": ("GETME_TRACING", "zipkin", "Input should be 'off' or 'otlp'"),
    "more than all": ("GETME_TRACING_RATIO", "1.5", "less than or equal to 1"),
    "less than none": ("GETME_TRACING_RATIO", "-0.1", "greater than or equal to 0"),
    "no scheme": ("GETME_TRACING_ENDPOINT", "127.0.0.1:4317", "http://host:port"),
    "no port": ("GETME_TRACING_ENDPOINT", "http://collector", "http://host:port"),
    "no such port": ("GETME_TRACING_ENDPOINT", "http://collector:70000", "ort out of range"),
    "another protocol": ("GETME_TRACING_ENDPOINT", "http://collector:4318/v1/traces", "no path"),
    "a password": ("GETME_TRACING_ENDPOINT", "http://me:secret@collector:4317", "no password"),
}


@pytest.mark.parametrize(("name", "value", "why"), REFUSED.values(), ids=REFUSED)
def test_wrong_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, why: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load(GatewaySettings)
    assert str(refused.value).startswith(f"{name}: ")
    assert why in str(refused.value)
    assert value not in str(refused.value)


def test_tracing_is_off_unless_it_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(GatewaySettings).tracing == "off"
    monkeypatch.setenv("GETME_TRACING", "otlp")
    monkeypatch.setenv("GETME_TRACING_ENDPOINT", "https://[::1]:4317/")
    settings = load(GatewaySettings)
    assert (settings.tracing, settings.tracing_endpoint) == ("otlp", "https://[::1]:4317")
