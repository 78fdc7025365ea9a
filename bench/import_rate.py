"""How many rows a second `getme-server import` takes, and how much memory.

Runs the command itself in a process of its own, twice: into an empty store, and again, when every
row is there already. `--store` names another store than an SQLite file of its own.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import NamedTuple

MEMORY_LIMIT_MIB = 200  # what the command promises for a million users
DEFAULT_ROWS = 1_000_000
RUNS = ("into an empty store", "again, when every row is there")
_SEED = 7  # the same users in every run
_HEADER = "userid,created_date,email,firstname,lastname,account_status,last_login_date\n"


class Run(NamedTuple):
    """One import: seconds on the clock and of CPU, and the most memory that it held (RSS)."""

    seconds: float
    cpu_seconds: float
    peak_mib: float


def write_users(path: Path, rows: int) -> None:
    """Makes a file of so many users, as long as those of KillrVideo, with random IDs."""
    numbers = random.Random(_SEED)  # noqa: S311 - IDs, not keys
    with path.open("w", encoding="utf-8") as file:
        file.write(_HEADER)
        for number in range(rows):
            user_id = uuid.UUID(int=numbers.getrandbits(128))
            day = 1 + number % 28
            file.write(
                f"{user_id},2025-04-{day:02}T03:55:08.964Z,ada.lovelace.{number}@example.org,"
                f"Ada,Lovelace,active,2025-10-{day:02}T23:04:18.055Z\n"
            )


def run_command(environment: dict[str, str], *arguments: str) -> Run:
    """Runs getme-server to its end; stops the benchmark if it fails."""
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "getme_server", *arguments], env=os.environ | environment
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"getme-server {arguments[0]} failed ({process.returncode})")
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def measure_import(rows: int) -> list[Run]:
    """Imports so many users into an empty SQLite file, then again. Raises CalledProcessError.

    From a process of its own: what a process held at most is told with what it was forked from.
    """
    command = [sys.executable, "-m", "bench.import_rate", "--rows", str(rows), "--json"]
    told = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    return [Run(*run) for run in json.loads(told.splitlines()[-1])]


def _measure(rows: int, store: str | None) -> list[Run]:
    """store: as in GETME_STORE, empty so far; None makes an SQLite file for it."""
    with tempfile.TemporaryDirectory(prefix="getme-import-") as directory:
        users = Path(directory, "users.csv")
        write_users(users, rows)
        environment = {"GETME_STORE": store or f"sqlite:///{directory}/getme.db"}
        run_command(environment, "migrate")
        return [run_command(environment, "import", "--users", str(users)) for _ in RUNS]


def main() -> None:
    """Measures and prints; exits with 1 if an import took more than MEMORY_LIMIT_MIB."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=DEFAULT_ROWS)
    arguments.add_argument("--store", help="as in GETME_STORE; it must be empty")
    arguments.add_argument("--json", action="store_true", help="as measure_import reads it")
    chosen = arguments.parse_args()
    runs = _measure(chosen.rows, chosen.store)
    if chosen.json:
        print(json.dumps(runs))
        return
    for name, run in zip(RUNS, runs, strict=True):
        print(
            f"{name}: {chosen.rows / run.seconds:,.0f} rows/s"
            f" ({run.seconds:.1f} s, of CPU {run.cpu_seconds:.1f} s), peak {run.peak_mib:.0f} MiB"
        )
    if max(run.peak_mib for run in runs) > MEMORY_LIMIT_MIB:
        sys.exit(f"an import held more than {MEMORY_LIMIT_MIB} MiB")


if __name__ == "__main__":
    main()
