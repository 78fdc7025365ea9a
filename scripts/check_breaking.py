"""Fails where the protos break those who use an earlier version of them (`buf breaking`).

Runs in the venv. Compares the work tree with, in this order:

1. the newest tag: what was released is what other people's programs depend on;
2. `origin/main`, unless that is the commit at hand, as on a branch, or before a push;
3. the commit before the one at hand, as in CI's fresh clone of main;
4. the commit at hand: all that a shallow clone has; it still finds what is not committed yet.

Whatever of these lacks protos is passed over. On the first commit, and without git, there is
nothing to break.
"""
# ruff: noqa: S603, S607  # it starts git and buf from PATH

import io
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONTRACT = ("buf.yaml", "protos", "third_party/protos")


def main() -> int:
    """The exit code: buf's, or 0 where there is nothing to compare with."""
    baseline = find_baseline() if shutil.which("git") else None
    if baseline is None:
        sys.stderr.write("buf breaking: no earlier version of the protos to compare with\n")
        return 0
    with tempfile.TemporaryDirectory() as earlier:
        content = git("archive", "--format=zip", baseline, *CONTRACT)
        assert content is not None  # noqa: S101  # find_baseline saw them
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            archive.extractall(earlier)
        return subprocess.run(
            ["buf", "breaking", "--against", earlier], cwd=ROOT, check=False
        ).returncode


def find_baseline() -> str | None:
    """The commit to compare with."""
    head = commit("HEAD")
    tag = git("describe", "--tags", "--abbrev=0")
    if tag is not None and has_contract(tag.decode().strip()):
        return tag.decode().strip()
    for name in ("origin/main", "HEAD~1"):
        if commit(name) not in {None, head} and has_contract(name):
            return name
    return "HEAD" if head is not None and has_contract("HEAD") else None


def commit(name: str) -> str | None:
    """The ID of a commit, None if there is no such one here."""
    found = git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    return None if found is None else found.decode().strip()


def has_contract(name: str) -> bool:
    """Whether that commit has all that buf needs."""
    return all(git("cat-file", "-e", f"{name}:{path}") is not None for path in CONTRACT)


def git(*arguments: str) -> bytes | None:
    """What git prints, None if it refuses."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None


if __name__ == "__main__":
    sys.exit(main())
