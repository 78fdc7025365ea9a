"""Our programs in the image: the wheels of this checkout, and what uv.lock says that they need."""
# ruff: noqa: S603, S607  # it starts uv and the image's own Python

import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from scripts.image.debian import PYTHON

ROOT = Path(__file__).resolve().parents[2]
_UV = Path(sys.executable).parent / "uv"
_SITE = f"usr/local/lib/{PYTHON}/dist-packages"  # where Debian's Python looks
_COMMANDS = {"getme": "getme", "getme-server": "getme_server", "getme-gateway": "getme_gateway"}
# -I: neither the environment nor the folder that it runs in says what is imported.
_LAUNCHER = """#!/usr/bin/{python} -I
from {module}.__main__ import main

if __name__ == "__main__":  # workers are started by importing this file
    main()
"""


def install_programs(root: Path) -> None:
    """Installs them below root, each package checked by its hash in uv.lock."""
    with tempfile.TemporaryDirectory() as folder:
        needed = Path(folder, "requirements.txt")
        packages = ["--all-packages", "--extra", "otel", "--no-dev", "--no-emit-workspace"]
        _uv("export", "--quiet", "--locked", *packages, "-o", needed)
        _uv("build", "--quiet", "--all-packages", "--wheel", "-o", folder)
        wheels = sorted(Path(folder).glob("*.whl"))
        into: list[str | Path] = [
            "--target",
            root / _SITE,
            "--python-version",
            PYTHON.removeprefix("python"),
        ]
        into += ["--python-platform", f"{platform.machine()}-manylinux_2_34", "--link-mode", "copy"]
        _uv("pip", "install", "--quiet", "--only-binary", ":all:", *into, "-r", needed)
        _uv("pip", "install", "--quiet", "--no-deps", *into, *wheels)
    for command, module in _COMMANDS.items():
        program = root / "usr/local/bin" / command
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(_LAUNCHER.format(python=PYTHON, module=module), "utf-8")
        program.chmod(0o755)
    # The root file system is read-only when they run: what is not compiled now is at each start.
    compiling = ["-m", "compileall", "-qq", "--invalidation-mode", "unchecked-hash"]
    compiling += [f"/{_SITE}", f"/usr/lib/{PYTHON}"]
    # Some packages carry samples that do not compile; they are not imported.
    subprocess.run(["chroot", root, f"/usr/bin/{PYTHON}", *compiling], check=False)


def _uv(*arguments: str | Path) -> None:
    environment = {
        k: v for k, v in os.environ.items() if k not in {"PIP_FIND_LINKS", "VIRTUAL_ENV"}
    }
    subprocess.run([_UV, *arguments], cwd=ROOT, env=environment, check=True)
