"""Finds uv, or downloads the one that uv.lock names.

Only the standard library: Debian's bare python3 has neither pip nor venv to get uv with. What
is downloaded is run only if its hash is that of uv.lock.
"""

import hashlib
import io
import platform
import shutil
import ssl
import subprocess
import sys
import tempfile
import tomllib
import urllib.request
import zipfile
from pathlib import Path
from typing import Any

_DOWNLOAD_SECONDS = 60.0  # without a byte


class UvUnavailable(Exception):
    """There is no uv, and it cannot be had; the text says why, in a line for a person."""


def find_uv(lock: Path, tools: Path) -> Path:
    """A uv as new as the one in lock: from PATH, else downloaded to tools. Raises UvUnavailable."""
    locked = locked_uv(lock)
    downloaded = tools / f"uv-{locked['version']}"
    for candidate in (shutil.which("uv"), downloaded):
        if candidate is not None and version_of(candidate) >= version_tuple(locked["version"]):
            return Path(candidate)
    download_uv(locked, downloaded)
    return downloaded


def locked_uv(lock: Path) -> dict[str, Any]:
    """The entry of uv in uv.lock."""
    packages = tomllib.loads(lock.read_text("utf-8"))["package"]
    entry: dict[str, Any] = next(package for package in packages if package["name"] == "uv")
    return entry


def version_of(uv: Path | str) -> tuple[int, ...]:
    """The version that a uv answers; nothing if it does not run."""
    try:
        answer = subprocess.run(  # noqa: S603  # found on PATH, or ours
            [uv, "--version"], capture_output=True, text=True, check=True
        )
        return version_tuple(answer.stdout.split()[1])
    except (OSError, subprocess.CalledProcessError, IndexError, ValueError):
        return ()


def version_tuple(version: str) -> tuple[int, ...]:
    """`0.13.9` as numbers that compare."""
    return tuple(int(part) for part in version.split("."))


def download_uv(locked: dict[str, Any], target: Path) -> None:
    """Puts the locked uv at target. Raises UvUnavailable."""
    wheel = wheel_for(locked["wheels"], sys.platform, platform.machine(), platform.libc_ver()[0])
    megabytes = wheel["size"] / 1e6
    sys.stderr.write(f"getme: downloading uv {locked['version']} ({megabytes:.0f} MB) ...\n")
    content = download(wheel["url"])
    if f"sha256:{hashlib.sha256(content).hexdigest()}" != wheel["hash"]:
        raise UvUnavailable(
            f"what {wheel['url']} answered is not the file that uv.lock names (its sha256 differs),"
            " so it was not used; is a proxy in between?"
        )
    target.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        program = next(name for name in archive.namelist() if name.endswith("/scripts/uv"))
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as file:
            file.write(archive.read(program))
    Path(file.name).chmod(0o755)
    Path(file.name).replace(target)  # in one step: another call may be doing the same


def wheel_for(wheels: list[dict[str, Any]], system: str, machine: str, libc: str) -> dict[str, Any]:
    """The wheel for this machine. libc: `glibc`, or anything else for musl."""
    kind = "macosx" if system == "darwin" else "manylinux" if libc == "glibc" else "musllinux"
    for wheel in wheels:
        tags = wheel["url"].rpartition("/")[2]
        if kind in tags and f"_{machine}" in tags:
            return wheel
    raise UvUnavailable(
        f"there is no uv for {system} on {machine} in uv.lock; install uv yourself and call again"
    )


def download(url: str) -> bytes:
    """The content of url, through the environment's proxy if one is set. Raises UvUnavailable."""
    try:
        try:
            return fetch(url, ssl.create_default_context())
        except urllib.error.URLError as refused:
            if not isinstance(refused.reason, ssl.SSLCertVerificationError):
                raise
        # A machine with python3 alone may know no certificate authorities. The hash in uv.lock
        # decides what is run, not the connection, so that nothing is lost by asking without them.
        return fetch(url, ssl._create_unverified_context())  # noqa: S323, SLF001
    except OSError as refused:  # URLError is one; the connection may also break in the middle
        reason = getattr(refused, "reason", refused)
        raise UvUnavailable(
            f"cannot download {url}: {getattr(reason, 'strerror', None) or reason}; is this machine"
            " online? A proxy is taken from https_proxy, certificates from SSL_CERT_FILE"
        ) from refused


def fetch(url: str, context: ssl.SSLContext) -> bytes:
    """The content of url. Raises OSError."""
    with urllib.request.urlopen(  # noqa: S310  # an address of uv.lock
        url, timeout=_DOWNLOAD_SECONDS, context=context
    ) as answer:
        content: bytes = answer.read()
    return content
