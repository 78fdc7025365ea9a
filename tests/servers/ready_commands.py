"""Commands of `getme-server` in processes that have imported it already.

Importing it takes half a second of CPU, and the tests run it many hundred times. Each command runs
in a process of its own, forked from one that has done nothing but import.
"""

import atexit
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

PROGRAM = "getme-server"
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["getme_server.cli"])


def run_ready(
    command: list[str], directory: Path, environment: Mapping[str, str], *, seconds: float
) -> subprocess.CompletedProcess[str]:
    """As subprocess.run does it, with nothing on standard input. Raises TimeoutExpired."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        files = _name_of(output), _name_of(errors)
        process = _FORKS.Process(target=_run, args=(command, directory, dict(environment), files))
        process.start()
        process.join(seconds)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(command, seconds)
        printed = [file.read().decode() for file in (output, errors)]
        return subprocess.CompletedProcess(command, process.exitcode, *printed)


def _name_of(file: IO[bytes]) -> str:
    """By which another process can open it."""
    return f"/proc/{os.getpid()}/fd/{file.fileno()}"


def _run(
    command: list[str], directory: Path, environment: dict[str, str], files: tuple[str, str]
) -> None:
    from getme_server.__main__ import main  # noqa: PLC0415  # of the process that runs it

    for number, file in enumerate(files, 1):
        os.dup2(os.open(file, os.O_WRONLY | os.O_APPEND), number)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(directory)
    sys.argv = command
    try:
        main()
    finally:
        atexit._run_exitfuncs()  # noqa: SLF001  # multiprocessing leaves it out
