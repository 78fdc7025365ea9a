"""Assembles the image: `python -m scripts.image FOLDER`.

Needs root, for chroot and the owners of files, on Debian 12 with umoci. FOLDER/oci is then an
image layout (OCI image-spec 1.0) with one image, whose tag is the version.
"""
# ruff: noqa: S603, S607  # it starts umoci, wherever the machine has it

import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from scripts.image.debian import is_release, unpack_debian
from scripts.image.programs import ROOT, install_programs

TAG = version("getme")
IMAGE_ENVIRONMENT = (
    "PATH=/usr/local/bin:/usr/bin",
    "GETME_LISTEN=0.0.0.0:50051",
    "GETME_METRICS_LISTEN=0.0.0.0:9464",
    "GETME_GATEWAY_LISTEN=0.0.0.0:8080",
    "GETME_GATEWAY_METRICS_LISTEN=0.0.0.0:9465",
    "GETME_LOG_FORMAT=json",
    "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt",
)
_PORTS = (50051, 8080, 9464, 9465)


def main() -> str | None:
    """Assembles it. Answers what is in the way, in a line."""
    if not is_release() or os.geteuid() != 0 or shutil.which("umoci") is None:
        return "make image: needs root on Debian 12, and its package umoci"
    folder = Path(sys.argv[1]).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    layout = folder / "oci"
    shutil.rmtree(layout, ignore_errors=True)
    try:
        with tempfile.TemporaryDirectory(dir=folder) as temporary:
            root = Path(temporary, "root")
            root.mkdir(mode=0o755)
            unpack_debian(root, ROOT / ".tools" / "debian")
            install_programs(root)
            _write(layout, root)
    except subprocess.CalledProcessError as failed:  # which has said why
        return f"make image: {Path(failed.cmd[0]).name} {failed.cmd[1]} failed"
    print(f"{layout}:{TAG}")  # noqa: T201  # what a script goes on with
    return None


def _write(layout: Path, root: Path) -> None:
    image = ("--image", f"{layout}:{TAG}")
    _umoci("init", "--layout", layout)
    _umoci("new", *image)
    _umoci("insert", *image, root, "/")
    settings = ["--config.user", "10001:10001", "--config.workingdir", "/tmp"]  # noqa: S108  # in it
    settings += ["--config.cmd", "getme-server", "--config.cmd", "serve"]
    settings += ["--config.stopsignal", "SIGTERM", "--config.label", f"version={TAG}"]
    settings += [word for line in IMAGE_ENVIRONMENT for word in ("--config.env", line)]
    settings += [word for port in _PORTS for word in ("--config.exposedports", f"{port}/tcp")]
    _umoci("config", *image, *settings)


def _umoci(command: str, *arguments: str | Path) -> None:
    subprocess.run(["umoci", command, *arguments], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())
