"""What the figures were taken on: processor, kernel, versions."""

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LIBRARIES = (
    "grpcio",
    "grpc-interceptor",
    "protobuf",
    "cassandra-driver",
    "pyjwt",
    "granian",
    "uvloop",
    "fastapi",
    "starlette",
    "uvicorn",
)


def machine() -> list[tuple[str, str]]:
    """What and which, in the order in which a reader wants to know."""
    return [
        ("processor", f"{_processor()}, {os.cpu_count()} cores"),
        ("kernel", f"{platform.system()} {platform.release()}"),
        ("Python", f"{platform.python_version()} ({platform.python_implementation()})"),
        ("libraries", ", ".join(f"{name} {_version(name)}" for name in LIBRARIES)),
        ("load", f"bench/grpc_load.py, {_wrk()}"),
        ("load average at the start", f"{os.getloadavg()[0]:.1f}"),
    ]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _wrk() -> str:
    # wrk prints its version on the first line of its help, and ends with 1.
    told = subprocess.run(["wrk", "--version"], capture_output=True, text=True, check=False)  # noqa: S607
    return " ".join((told.stdout or told.stderr).split()[:2])
