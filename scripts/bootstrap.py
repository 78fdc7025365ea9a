"""Makes `.venv` with what uv.lock says, on a machine that has nothing but Python.

    python3 scripts/bootstrap.py run|test|bench

Only the standard library. A second call finds its stamp and ends at once. uv is taken from PATH
if it is as new as the locked one; else the locked one is downloaded: uv.lock names its wheels
with their hashes, and Debian's bare python3 has neither pip nor venv to get it with.
"""
# ruff: noqa: INP001, S603  # a script, not a package; it starts uv

import sys

if sys.version_info < (3, 11):  # noqa: UP036  # the Makefile takes whatever python3 there is
    sys.exit(
        "getme needs Python 3.11 or newer, and {} is {}.{}; name another one so: "
        "make PYTHON=python3.12 ...".format(sys.executable, *sys.version_info[:2])
    )

import hashlib
import io
import json
import os
import platform
import shutil
import ssl
import subprocess
import tempfile
import tomllib
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "getme-bootstrap.json"
TOOLS = ROOT / ".tools"
LOCK = ROOT / "uv.lock"

# Each level holds all that the ones before it hold, so a fuller venv is never taken back:
# `make run` after `make test` changes nothing, under a server that may be running.
LEVELS = {
    "run": ("--no-dev", "--inexact"),
    "test": (),
    "bench": ("--all-groups",),
}
_DOWNLOAD_SECONDS = 60.0  # without a byte
_INTERRUPTED = 130  # 128 + SIGINT, as shells count


class BootstrapError(Exception):
    """What is in the way, in a line for a person."""


def main(level: str) -> None:
    """Brings the venv up to level, unless it is there. Raises BootstrapError."""
    wanted = {"root": str(ROOT), "inputs": inputs_hash()}
    stamp = read_stamp()
    if is_fresh(stamp, wanted, level):
        return
    if stamp.get("root", str(ROOT)) != str(ROOT):
        shutil.rmtree(VENV)  # a copied checkout: its venv still points into the other one
    STAMP.unlink(missing_ok=True)  # half a sync must not pass for a whole one
    sync(find_uv(), level)
    STAMP.write_text(json.dumps({**wanted, "level": level}), "utf-8")


def inputs_hash() -> str:
    """Changes whenever a sync could do something else than before."""
    digest = hashlib.sha256()
    for path in [LOCK, ROOT / "pyproject.toml", *sorted(ROOT.glob("*/pyproject.toml"))]:
        digest.update(f"{path.relative_to(ROOT)}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def read_stamp() -> dict[str, Any]:
    """What the last call left; nothing if there was none, or its venv is broken."""
    try:
        stamp = json.loads(STAMP.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    # False as well for a link to a Python that has been removed since.
    if not (VENV / "bin" / "python").exists() or not isinstance(stamp, dict):
        return {}
    return stamp


def is_fresh(stamp: dict[str, Any], wanted: dict[str, str], level: str) -> bool:
    """Whether the venv was made from the same inputs, here, and holds level."""
    order = list(LEVELS)
    return (
        all(stamp.get(name) == value for name, value in wanted.items())
        and stamp.get("level") in order
        and order.index(stamp["level"]) >= order.index(level)
    )


def sync(uv: Path, level: str) -> None:
    """Installs what is locked. Raises BootstrapError."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT"}  # ours is .venv
    }
    if not environment.get("HOME"):
        environment.setdefault("UV_CACHE_DIR", str(TOOLS / "uv-cache"))
    command = [str(uv), "sync", "--locked", "--no-python-downloads", *LEVELS[level]]
    if not sys.stderr.isatty():
        command.append("--quiet")
    if not (VENV / "bin" / "python").exists():
        command += ["--python", sys.executable]
    say("installing what uv.lock names into .venv ...")
    if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode:
        raise BootstrapError("uv could not install what uv.lock names; its lines above say why")


def find_uv() -> Path:
    """A uv that is as new as the locked one, downloaded if need be. Raises BootstrapError."""
    locked = locked_uv()
    downloaded = TOOLS / f"uv-{locked['version']}"
    for candidate in (shutil.which("uv"), downloaded):
        if candidate is not None and version_of(candidate) >= version_tuple(locked["version"]):
            return Path(candidate)
    download_uv(locked, downloaded)
    return downloaded


def locked_uv() -> dict[str, Any]:
    """The entry of uv in uv.lock."""
    packages = tomllib.loads(LOCK.read_text("utf-8"))["package"]
    entry: dict[str, Any] = next(package for package in packages if package["name"] == "uv")
    return entry


def version_of(uv: Path | str) -> tuple[int, ...]:
    """The version that a uv answers; nothing if it does not run."""
    try:
        answer = subprocess.run([uv, "--version"], capture_output=True, text=True, check=True)
        return version_tuple(answer.stdout.split()[1])
    except (OSError, subprocess.CalledProcessError, IndexError, ValueError):
        return ()


def version_tuple(version: str) -> tuple[int, ...]:
    """`0.13.9` as numbers that compare."""
    return tuple(int(part) for part in version.split("."))


def download_uv(locked: dict[str, Any], target: Path) -> None:
    """Puts the locked uv at target. Raises BootstrapError."""
    wheel = wheel_for(locked["wheels"], sys.platform, platform.machine(), platform.libc_ver()[0])
    megabytes = wheel["size"] / 1e6
    say(f"downloading uv {locked['version']} ({megabytes:.0f} MB), which installs the rest ...")
    content = download(wheel["url"])
    if f"sha256:{hashlib.sha256(content).hexdigest()}" != wheel["hash"]:
        raise BootstrapError(
            f"what {wheel['url']} answered is not the file that uv.lock names (its sha256 differs),"
            " so it was not used; is a proxy in between?"
        )
    TOOLS.mkdir(exist_ok=True)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        program = next(name for name in archive.namelist() if name.endswith("/scripts/uv"))
        with tempfile.NamedTemporaryFile(dir=TOOLS, delete=False) as file:
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
    raise BootstrapError(
        f"there is no uv for {system} on {machine} in uv.lock; install uv yourself and call again"
    )


def download(url: str) -> bytes:
    """The content of url, through the environment's proxy if one is set. Raises BootstrapError."""
    try:
        return fetch(url, ssl.create_default_context())
    except urllib.error.URLError as refused:
        if not isinstance(refused.reason, ssl.SSLCertVerificationError):
            raise BootstrapError(f"cannot download {url}: {refused.reason}") from refused
    # A machine with python3 alone may know no certificate authorities. The hash in uv.lock decides
    # what is run, not the connection, so that nothing is lost by asking without them.
    try:
        return fetch(url, ssl._create_unverified_context())  # noqa: S323, SLF001
    except urllib.error.URLError as refused:
        raise BootstrapError(f"cannot download {url}: {refused.reason}") from refused


def fetch(url: str, context: ssl.SSLContext) -> bytes:
    """The content of url. Raises URLError for whatever goes wrong."""
    try:
        with urllib.request.urlopen(  # noqa: S310  # an address of uv.lock
            url, timeout=_DOWNLOAD_SECONDS, context=context
        ) as answer:
            content: bytes = answer.read()
    except urllib.error.HTTPError as answered:
        raise urllib.error.URLError(f"{answered.code} {answered.reason}") from answered
    except urllib.error.URLError:
        raise
    except OSError as broken:  # in the middle of the answer
        raise urllib.error.URLError(broken) from broken
    return content


def say(line: str) -> None:
    """Tells what takes a while."""
    sys.stderr.write(f"getme: {line}\n")


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else "run")
    except BootstrapError as trouble:
        sys.exit(f"getme: {trouble}")
    except OSError as trouble:  # a full disk, a folder that cannot be written to
        sys.exit(f"getme: cannot set up {VENV}: {trouble}")
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
