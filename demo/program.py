"""getme's programs as children of the demo."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from demo.errors import DemoError

STOP_SECONDS = 7.0  # the server gives calls under way 5 s
_BIN = Path(sys.executable).parent


class Program:
    """A running command of the venv. Its log goes to a file, its errors to the terminal."""

    def __init__(self, command: tuple[str, ...], log: Path, environment: Mapping[str, str]) -> None:
        """Starts it in the folder of its log."""
        self.log = log
        self._name = " ".join(command[:2])
        with log.open("w", encoding="utf-8") as output:
            self._process = subprocess.Popen(
                [_BIN / command[0], *command[1:]],
                cwd=log.parent,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                # Ctrl-C is for us alone: we end the gateway first, and a program that is still
                # importing would answer it with a traceback.
                process_group=0,
            )

    def ended(self) -> bool:
        """Whether it ended well. Raises DemoError if it failed; it has said why itself."""
        exit_code = self._process.poll()
        if exit_code:
            how = f"exit code {exit_code}" if exit_code > 0 else signal.Signals(-exit_code).name
            raise DemoError(f"{self._name} failed ({how}); its log: {self.log}")
        return exit_code == 0

    def require_running(self) -> None:
        """Raises DemoError if it is not."""
        if self.ended():
            raise DemoError(f"{self._name} ended by itself; its log: {self.log}")

    def stop(self) -> None:
        """Asks it to end, and ends it with all its workers if it does not."""
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()
