"""Fetches the page at /docs from npm: Swagger UI, of exactly the version and bytes named here.

Run by hand to take a newer one: change VERSION and INTEGRITY (`npm view swagger-ui-dist@VERSION
dist.integrity`), run, and put what it prints into SHA256.

Why Swagger UI: it sends requests with a pasted token, which Redoc's free edition does not, and it
runs without inline script or eval. Scalar is nearly three times as large.
"""
# ruff: noqa: S603, S607  # it starts npm, from the PATH

import base64
import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

PACKAGE = "swagger-ui-dist"
VERSION = "5.35.0"
# sha512 of the package, as npm's registry states it.
INTEGRITY = (
    # one line, as the registry has it
    "sha512-U06rpMtW9V3XPGOBeamTUSr0Z09jMX4IJuANpE/EZbAhw0G8CgwrzU4YmXkn/h0wCDNsXdGarTNNHC3sU8yVUQ=="
)
FOLDER = Path(__file__).resolve().parent.parent / "gateway/src/getme_gateway/pages/docs/swagger-ui"
# What is taken from the package -> sha256 of its bytes.
SHA256 = {
    "LICENSE": "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30",
    "NOTICE": "0d20d1adef18aee3f40dd258172155521ce702ac445cb5f7b7d60ed32dad2fb2",
    "swagger-ui-bundle.js": "e6a898692f2d768e807c3ba4626068a69a2c5dd960dd6c76f3e4d3a3de180af2",
    "swagger-ui-bundle.js.LICENSE.txt": (
        "37eb6e7e59aed57b2c1acf076574b818ea07b74265717e0bd67b59e0baf9abbb"
    ),
    "swagger-ui.css": "5ed08757e53da3e026d6cbecc61fe5d43585c9560b302d534ad56692519a273d",
}


def main() -> int:
    """The exit code: 1 with a line for what is not as named here; nothing is written then."""
    package = _fetch()
    found = "sha512-" + base64.b64encode(hashlib.sha512(package).digest()).decode()
    if found != INTEGRITY:
        sys.stderr.write(f"{PACKAGE} {VERSION} is {found}\n")
        return 1
    files = _files(package)
    differing = {
        name: digest
        for name, content in files.items()
        if (digest := hashlib.sha256(content).hexdigest()) != SHA256[name]
    }
    for name, digest in differing.items():
        sys.stderr.write(f'    "{name}": "{digest}",\n')
    if differing:
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (FOLDER / name).write_bytes(content)
    return 0


def _fetch() -> bytes:
    with tempfile.TemporaryDirectory() as target:
        subprocess.run(
            ["npm", "pack", f"{PACKAGE}@{VERSION}", "--pack-destination", target, "--silent"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        (archive,) = Path(target).iterdir()
        return archive.read_bytes()


def _files(package: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(package)) as archive:
        members = {name: archive.extractfile(f"package/{name}") for name in SHA256}
        return {name: member.read() for name, member in members.items() if member is not None}


if __name__ == "__main__":
    sys.exit(main())
