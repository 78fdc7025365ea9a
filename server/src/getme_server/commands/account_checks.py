"""What `doctor` says of accounts: settings that work and are unsafe, and whether Redis answers."""

import redis

from getme_server.limiting.rate import read_rate
from getme_server.settings import ServerSettings

_REDIS_SECONDS = 2.0
# OWASP Password Storage Cheat Sheet: m=19 MiB, t=2, p=1, or more memory for fewer passes.
_LEAST_MEMORY_MIB = 19
_LEAST_WORK = 38  # MiB times passes


class UnsafeError(Exception):
    """It works, and should not stay so; the text says what would be right."""


def passwords(settings: ServerSettings) -> str:
    """How passwords are hashed. Raises UnsafeError where that is too cheap."""
    work = settings.password_memory * settings.password_time
    cost = (
        f"argon2id with {settings.password_memory} MiB, {settings.password_time} passes,"
        f" {settings.password_lanes} lanes"
    )
    if settings.password_memory < _LEAST_MEMORY_MIB or work < _LEAST_WORK:
        raise UnsafeError(
            f"{cost}: cheap to guess; GETME_PASSWORD_MEMORY and _TIME are best left unset"
        )
    memory = settings.password_memory * settings.password_threads * settings.workers
    return f"{cost}; at most {memory} MiB at once, in {settings.workers} processes"


def limits(settings: ServerSettings) -> str:
    """How often passwords may be guessed. Raises UnsafeError where there is no limit."""
    rates = {
        "GETME_LIMIT_PASSWORD": settings.limit_password,
        "GETME_LIMIT_ACCOUNT": settings.limit_account,
        "GETME_LIMIT_ADDRESS": settings.limit_address,
    }
    off = [name for name, rate in rates.items() if read_rate(rate) is None]
    if off:
        raise UnsafeError(f"{' and '.join(off)} set to off: passwords can be guessed freely")
    where = "in Redis" if settings.redis_url else "by each server for itself"
    return f"{settings.limit_password}, {settings.limit_account}; counted {where}"


def redis_answers(settings: ServerSettings) -> str:
    """That Redis answers. Raises UnsafeError where it does not: attempts are counted without it."""
    if settings.redis_url is None:
        return "not used (GETME_REDIS_URL)"
    client = redis.Redis.from_url(
        settings.redis_url,
        socket_connect_timeout=_REDIS_SECONDS,
        socket_timeout=_REDIS_SECONDS,
    )
    try:
        client.ping()
    except redis.RedisError as away:
        raise UnsafeError(
            f"it does not answer ({type(away).__name__}): each server counts attempts for itself"
        ) from away
    finally:
        client.close()
    return "answers"
