"""Fails where `make protos` would change the checked-in stubs. Runs in the venv."""
# ruff: noqa: S603  # it starts our generator

import filecmp
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GENERATED = Path("client/src/getme/v1")
_BY_HAND = {"__init__.py"}  # the generator writes none


def main() -> int:
    """The exit code: 1 with a line for each file that differs."""
    with tempfile.TemporaryDirectory() as target:
        subprocess.run([sys.executable, ROOT / "protos" / "generate.py", target], check=True)
        differing = differences(Path(target) / "getme" / "v1", ROOT / GENERATED)
    for name in differing:
        sys.stderr.write(f"{GENERATED / name} is not what the protos give; run: make protos\n")
    return 1 if differing else 0


def differences(fresh: Path, checked_in: Path) -> list[str]:
    """Names of files that differ, or that only one of the two folders has."""
    names = {path.name for folder in (fresh, checked_in) for path in folder.glob("*.py*")}
    names -= _BY_HAND
    _, differing, missing = filecmp.cmpfiles(fresh, checked_in, names, shallow=False)
    return sorted(differing + missing)


if __name__ == "__main__":
    sys.exit(main())
