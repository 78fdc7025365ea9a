"""A container of an image layout, run by runc as an engine would: read-only, without privileges."""

import json
import subprocess
from collections.abc import Mapping
from itertools import count
from os import getpid
from pathlib import Path
from typing import Any

from tests.servers.installed import installed
from tests.servers.programs import Program

SECONDS = 60
_numbers = count()


class Container:
    """An image, unpacked once for each program that is to run in it.

    image: `FOLDER:TAG`. It has the network of this machine, and a /tmp of its own.
    """

    def __init__(
        self, image: str, folder: Path, command: list[str], settings: Mapping[str, str]
    ) -> None:
        self._runc = installed("runc", package="Debian's runc")
        self._name = f"getme-test-{getpid()}-{next(_numbers)}"
        self.bundle = folder / self._name
        umoci = installed("umoci", package="Debian's umoci")
        subprocess.run([umoci, "unpack", "--image", image, self.bundle], check=True)
        self.configuration = json.loads((self.bundle / "config.json").read_text("utf-8"))
        self._write(command, settings)

    def serve(self) -> Program:
        """Runs its command, which is to log that it serves."""
        return Program([self._runc, "run", "--bundle", str(self.bundle), self._name], Path("/"), {})

    def run(self) -> str:
        """Runs its command, which is to end; what it prints."""
        return self._says("run", "--bundle", str(self.bundle), self._name)

    def also(self, *command: str) -> str:
        """Runs another command in the container that serves; what it prints."""
        return self._says("exec", self._name, *command)

    def _says(self, *arguments: str) -> str:
        done = subprocess.run(
            [self._runc, *arguments],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _write(self, command: list[str], settings: Mapping[str, str]) -> None:
        """What engines are told by `read_only`, `cap_drop: [ALL]` and `network_mode: host`."""
        configuration: dict[str, Any] = self.configuration
        configuration["root"]["readonly"] = True
        process = configuration["process"]
        process |= {"terminal": False, "args": command, "capabilities": {}}
        process["env"] += [f"{name}={value}" for name, value in settings.items()]
        linux = configuration["linux"]
        linux["namespaces"] = [n for n in linux["namespaces"] if n["type"] != "network"]
        options = ["nosuid", "nodev", "noexec", "mode=1777"]
        configuration["mounts"].append(
            {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": options}  # noqa: S108  # in it
        )
        (self.bundle / "config.json").write_text(json.dumps(configuration), "utf-8")
