"""Makes `.venv` with what uv.lock says, on a machine that has nothing but Python.

    python3 -m scripts.bootstrap run|test|bench|fuzz

Only the standard library. A second call finds its stamp and ends at once.
"""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

# Ctrl-C ends it without a traceback; what is half done is done again by the next call.
signal.signal(signal.SIGINT, signal.SIG_DFL)

if sys.version_info < (3, 11):  # noqa: UP036  # the Makefile takes whatever python3 there is
    sys.exit(
        "getme needs Python 3.11 or newer, and {} is {}.{}; name another one so: "
        "make PYTHON=python3.12 ...".format(sys.executable, *sys.version_info[:2])
    )

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "getme-bootstrap.json"
TOOLS = ROOT / ".tools"

# Each level holds all that the ones before it hold, so a fuller venv is never taken back:
# `make run` after `make test` changes nothing, under a server that may be running.
LEVELS = {
    "run": ("--no-dev", "--inexact"),
    "test": (),
    "bench": ("--group", "bench"),
    "fuzz": ("--all-groups",),  # atheris last: there are wheels of it for Linux on x86-64 only
}


def main(level: str) -> str | None:
    """Brings the venv up to level, unless it is there. Answers what is in the way, in a line."""
    wanted = {"root": str(ROOT), "inputs": inputs_hash()}
    stamp = read_stamp()
    if is_fresh(stamp, wanted, level):
        return None
    # Imported here, because a call that finds all in order shall cost nothing.
    from scripts.locked_uv import UvUnavailable, find_uv  # noqa: PLC0415

    try:
        if stamp.get("root", str(ROOT)) != str(ROOT):
            shutil.rmtree(VENV)  # a copied checkout: its venv still points into the other one
        STAMP.unlink(missing_ok=True)  # half a sync must not pass for a whole one
        if not sync(find_uv(ROOT / "uv.lock", TOOLS), level):
            return "getme: uv could not install what uv.lock names; its lines above say why"
        STAMP.write_text(json.dumps({**wanted, "level": level}), "utf-8")
    except UvUnavailable as unavailable:
        return f"getme: {unavailable}"
    except OSError as refused:  # a full disk, a folder that cannot be written to
        return f"getme: cannot set up {VENV}: {refused}"
    return None


def inputs_hash() -> str:
    """Changes whenever a sync could do something else than before."""
    digest = hashlib.sha256()
    for path in [ROOT / "uv.lock", ROOT / "pyproject.toml", *sorted(ROOT.glob("*/pyproject.toml"))]:
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


def sync(uv: Path, level: str) -> bool:
    """Installs what is locked; whether that went well. uv says itself what did not."""
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
    sys.stderr.write("getme: installing what uv.lock names into .venv ...\n")
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False)  # noqa: S603
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "run"))
