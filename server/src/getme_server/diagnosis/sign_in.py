"""Passwords and the limits on guessing them: settings that work and are unsafe."""

from getme.program.diagnosis.finding import Looked, warning
from getme_server.client_address import read_networks
from getme_server.limiting.rate import read_rate
from getme_server.settings import ServerSettings

# OWASP Password Storage Cheat Sheet: m=19 MiB, t=2, p=1, or more memory for fewer passes.
_LEAST_MEMORY_MIB = 19
_LEAST_WORK = 38  # MiB times passes


def look_at_passwords(settings: ServerSettings) -> Looked:
    """How passwords are hashed."""
    work = settings.password_memory * settings.password_time
    cost = (
        f"argon2id with {settings.password_memory} MiB, {settings.password_time} passes,"
        f" {settings.password_lanes} lanes"
    )
    findings = []
    if settings.password_memory < _LEAST_MEMORY_MIB or work < _LEAST_WORK:
        findings.append(
            warning(
                "passwords_cheap",
                f"{cost}: cheap to guess; GETME_PASSWORD_MEMORY and _TIME are best left unset",
                "GETME_PASSWORD_MEMORY",
            )
        )
    memory = settings.password_memory * settings.password_threads * settings.workers
    return Looked(
        f"{cost}; at most {memory} MiB at once, in {settings.workers} processes", findings
    )


def look_at_limits(settings: ServerSettings) -> Looked:
    """How often passwords may be guessed, and by whose word from where."""
    rates = {
        "GETME_LIMIT_PASSWORD": settings.limit_password,
        "GETME_LIMIT_ACCOUNT": settings.limit_account,
        "GETME_LIMIT_ADDRESS": settings.limit_address,
    }
    findings = []
    off = [name for name, rate in rates.items() if read_rate(rate) is None]
    if off:
        findings.append(
            warning(
                "limits_off",
                f"{' and '.join(off)} set to off: passwords can be guessed freely",
                off[0],
            )
        )
    if any(network.prefixlen == 0 for network in read_networks(settings.trusted_proxies)):
        findings.append(
            warning(
                "proxies_unbounded",
                "GETME_TRUSTED_PROXIES believes everybody's x-forwarded-for, so each attempt can"
                " come from another address; name the networks of your proxies",
                "GETME_TRUSTED_PROXIES",
            )
        )
    where = "in Redis" if settings.redis_url else "by each server for itself"
    return Looked(f"{settings.limit_password}, {settings.limit_account}; counted {where}", findings)
