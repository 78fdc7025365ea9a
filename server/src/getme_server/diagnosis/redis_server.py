"""Redis: whether it answers, and what of the counted attempts it would lose."""

import time
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import redis

from getme.program.diagnosis.addresses import is_loopback
from getme.program.diagnosis.finding import Finding, Looked, note, warning
from getme.program.diagnosis.private_files import open_secret_files
from getme_server.settings import ServerSettings

_SETTING = "GETME_REDIS_URL"
_REDIS_SECONDS = 2.0
# Limits go by the clock of the server that counts; the shortest window is minutes long.
_CLOCK_SECONDS = 2.0


def look_at_redis(settings: ServerSettings) -> Looked:
    """Whether attempts are counted together, and news told at once."""
    if settings.redis_url is None:
        return Looked(f"not used ({_SETTING})")
    client = redis.Redis.from_url(
        settings.redis_url,
        socket_connect_timeout=_REDIS_SECONDS,
        socket_timeout=_REDIS_SECONDS,
    )
    findings = open_secret_files(_SETTING)
    try:
        client.ping()
        findings += [*_clock(client), *_persistence(client)]
    except redis.RedisError as away:  # its text is left out: it may hold what is in the URL
        findings.append(
            warning(
                "redis_away",
                f"it does not answer ({type(away).__name__}): each server counts attempts for"
                f" itself; look at it, or at {_SETTING}",
                _SETTING,
            )
        )
    finally:
        client.close()
    return Looked("answers", [*findings, *_in_clear(settings.redis_url)])


def _clock(client: redis.Redis) -> Iterator[Finding]:
    begun = time.time()
    seconds, microseconds = client.time()
    ended = time.time()
    ahead = seconds + microseconds / 1e6 - (begun + ended) / 2
    if abs(ahead) > _CLOCK_SECONDS + (ended - begun) / 2:
        yield warning(
            "clock_differs_from_redis",
            f"its clock and ours are {abs(ahead):.1f} s apart; servers whose clocks differ count"
            " attempts apart; synchronise both (chrony, systemd-timesyncd)",
        )


def _persistence(client: redis.Redis) -> Iterator[Finding]:
    kept: dict[str | None, str | None] = {}
    with suppress(redis.ResponseError):  # hosted ones often refuse to tell
        kept = client.config_get("save") | client.config_get("appendonly")
    if kept.get("save") == "" and kept.get("appendonly") == "no":
        yield note(
            "redis_forgets",
            "it keeps nothing on disk: attempts are counted anew after its restart. Revocations and"
            " sessions are not lost, they are in the store; to keep the counts set appendonly yes",
        )


def _in_clear(url: str) -> Iterator[Finding]:
    parts = urlsplit(url)
    if parts.scheme == "redis" and not is_loopback(parts.hostname or "localhost"):
        yield note(
            "redis_in_clear",
            "its password and hashed addresses go to it in the clear; use rediss:// where the"
            " network is not yours alone",
            _SETTING,
        )
