"""The base of the image: files of Debian packages, of the release that this machine runs.

The packages are fetched and checked by this machine's apt, and unpacked; their maintainer scripts
are not run, so what those would do here (a list of libraries, one file of roots) is done below.
"""
# ruff: noqa: S603, S607  # it starts apt and dpkg, wherever the machine has them

import platform
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

RELEASE = "bookworm"
PYTHON = "python3.11"  # that release's
_PACKAGES = (PYTHON, "ca-certificates", "libstdc++6", "tzdata")
# Depended on for maintainer scripts alone.
_LEFT_OUT = {"debconf", "dpkg", "openssl", "tar"}
_ROOTS, _BUNDLE = "usr/share/ca-certificates/mozilla", "etc/ssl/certs/ca-certificates.crt"
# What getaddrinfo reads. The user has a name for those who look at processes.
_FILES = {
    "etc/passwd": "root:x:0:0::/:/nologin\ngetme:x:10001:10001::/tmp:/nologin\n",
    "etc/group": "root:x:0:\ngetme:x:10001:\n",
    "etc/nsswitch.conf": "hosts: files dns\n",
}


def is_release() -> bool:
    """Whether this machine runs the release that the image is made of."""
    try:
        return platform.freedesktop_os_release().get("VERSION_CODENAME") == RELEASE
    except OSError:
        return False


def unpack_debian(root: Path, downloads: Path) -> None:
    """Fills an empty folder. downloads: where packages are kept for the next time."""
    for package in _fetched(downloads):
        subprocess.run(["dpkg-deb", "--extract", package, root], check=True)
        _note(package, root)
    bundle = root / _BUNDLE
    bundle.parent.mkdir(parents=True, exist_ok=True)
    roots = sorted((root / _ROOTS).glob("*.crt"))
    bundle.write_bytes(b"".join(path.read_bytes() for path in roots))
    for name, text in _FILES.items():
        (root / name).write_text(text, "utf-8")
    (root / "tmp").mkdir(exist_ok=True)
    (root / "tmp").chmod(0o1777)
    for needless in ("usr/share/doc", "usr/share/man", "usr/share/lintian"):
        _keep_licences(root / needless)
    subprocess.run(["ldconfig", "-r", root], check=True)


def _fetched(downloads: Path) -> Iterator[Path]:
    """The packages and all that they depend on, as if nothing were installed."""
    (downloads / "archives" / "partial").mkdir(parents=True, exist_ok=True)
    nothing = downloads / "nothing-is-installed"
    nothing.touch()
    options = [f"Dir::State::status={nothing}", f"Dir::Cache::archives={downloads / 'archives'}"]
    options += ["APT::Keep-Downloaded-Packages=true", "APT::Sandbox::User=root"]
    apt = ["apt-get", "install", "-qq", "-y", "--no-install-recommends"]
    apt += [word for option in options for word in ("-o", option)]
    subprocess.run([*apt, "--download-only", *_PACKAGES], check=True, stdout=subprocess.DEVNULL)
    planned = subprocess.run(
        [*apt, "--simulate", *_PACKAGES], check=True, capture_output=True, text=True
    ).stdout
    # Inst libc6 (2.36-9+deb12u14 Debian:12.11/oldstable [amd64])
    for name, version in re.findall(r"^Inst (\S+) \((\S+) ", planned, re.MULTILINE):
        if name not in _LEFT_OUT:
            epoch = version.replace(":", "%3a")
            (package,) = (downloads / "archives").glob(f"{name}_{epoch}_*.deb")
            yield package


def _note(package: Path, root: Path) -> None:
    """Says that a package is there, where scanners of images look for it."""
    fields = subprocess.run(["dpkg-deb", "--field", package], check=True, capture_output=True)
    notes = root / "var/lib/dpkg/status.d"
    notes.mkdir(parents=True, exist_ok=True)
    (notes / package.name.partition("_")[0]).write_bytes(fields.stdout)


def _keep_licences(folder: Path) -> None:
    for path in folder.glob("*"):
        if not (path / "copyright").is_file():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
