"""Runs each fuzz target for a while, and says how to see again what it has found.

python -m fuzz [seconds]
"""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
FOUND = FOLDER / "found"  # what the fuzzer adds: inputs that reach something new, and findings
TARGETS = ("verifier", "jwks")
DEFAULT_SECONDS = 60
SLOW_SECONDS = 10  # an input that takes longer is a finding


def main(seconds: int) -> str | None:
    """Runs the targets one after the other. Answers how to reproduce what was found."""
    findings = [finding for target in TARGETS for finding in run(target, seconds)]
    if not findings:
        return None
    return "\n".join(["fuzz: found something; to see it again:", *findings])


def run(target: str, seconds: int) -> list[str]:
    """Runs a target; commands that reproduce its findings."""
    grown = FOUND / target
    grown.mkdir(parents=True, exist_ok=True)
    before = findings_of(target)
    sys.stderr.write(f"fuzz: {target}, {seconds} seconds\n")
    done = subprocess.run(  # noqa: S603  # our own targets
        [
            *(sys.executable, "-m", f"fuzz.{target}"),
            f"-max_total_time={seconds}",
            f"-timeout={SLOW_SECONDS}",
            f"-dict={FOLDER}/{target}.dict",
            f"-artifact_prefix={FOUND}/{target}-",
            "-print_final_stats=1",
            "-verbosity=0",
            *(str(grown), str(FOLDER / "corpus" / target)),
        ],
        cwd=FOLDER.parent,
        check=False,
    )
    fresh = [f"  {sys.executable} -m fuzz.{target} {path}" for path in findings_of(target) - before]
    if done.returncode and not fresh:
        return [f"  {target} ended with status {done.returncode} before it had found anything"]
    return sorted(fresh)


def findings_of(target: str) -> set[Path]:
    """The inputs that a target has failed on, in this run and earlier ones."""
    return set(FOUND.glob(f"{target}-*"))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_SECONDS))
