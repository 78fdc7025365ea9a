"""`demo.environment`: what the demo's programs see of the environment."""

import pytest

from demo.environment import left_aside, program_environment

ADDRESSES = {"GETME_LISTEN": "0.0.0.0:4000", "GETME_GATEWAY_LISTEN": "127.0.0.1:4001"}


@pytest.mark.parametrize(
    ("setting", "given", "seen"),
    [
        ("GETME_GATEWAY_UPSTREAM", None, "127.0.0.1:4000"),
        ("GETME_GATEWAY_UPSTREAM", "", "127.0.0.1:4000"),
        ("GETME_GATEWAY_UPSTREAM", "127.0.0.1:9", "127.0.0.1:9"),
        ("GETME_WORKERS", None, "1"),
        ("GETME_WORKERS", "2", "2"),
        ("GETME_LISTEN", "127.0.0.1:0", "0.0.0.0:4000"),
        ("GETME_ISSUER", "https://id.example.org", "https://id.example.org"),
        ("GETME_STORE", "cassandra://real/killrvideo", None),
        ("GETME_SECRET_KEY", "real", None),
        ("GETME_SECRET_KEY_FILE", "/run/secrets/real", None),
        ("PATH", "/bin", "/bin"),
    ],
)
def test_programs_see(setting: str, given: str | None, seen: str | None) -> None:
    environ = {} if given is None else {setting: given}
    assert program_environment(environ, ADDRESSES).get(setting) == seen


def test_settings_that_are_not_used_are_told() -> None:
    environ = {"GETME_STORE": "cassandra://real/killrvideo", "GETME_SECRET_KEY": "", "HOME": "/"}
    assert left_aside(environ) == ["GETME_STORE"]
