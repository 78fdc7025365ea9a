"""The shell lines of a page of the documentation, and what the page says that they print.

A block that begins with ```shell holds commands, which may go on after a backslash or in the next
line. The comment under each is part of what it prints, with `...` where anything may stand. It may
end with `(exit code 1)`; a refusal over gRPC (`Code: NotFound`) says the exit code too, as
grpcurl's is 64 more than the status; else it is 0. A block that begins with ```sh is not run, as
`tests/deploy/lines_not_run.py` explains.
"""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import grpc

_BLOCK = re.compile(r"^```shell\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"Code: (\w+)")
_EXIT = re.compile(r" ?\(exit code (\d+)\)$")
_EXIT_OFFSET = 64
_SECONDS = 60

# What the page calls by a name: the last of these in the last answer that had one.
_NAMED = {
    "TOKEN": re.compile(r'"token":\s*"([^"]+)"'),
    "REFRESH_TOKEN": re.compile(r'"refresh_token":\s*"([^"]+)"'),
    "USER_ID": re.compile(r'"userId":\s*"([^"]+)"'),
    "SESSION_ID": re.compile(r'"session_id":\s*"([^"]+)"'),
    "ETAG": re.compile(r"^etag: (\S+)", re.MULTILINE),
}


class Line(NamedTuple):
    """A command as it stands on the page, and what is printed by it."""

    command: str
    printed: str

    @property
    def exit_code(self) -> int:
        """What the shell gets."""
        told = _EXIT.search(self.printed)
        if told is not None:
            return int(told[1])
        refusal = _CODE.search(self.printed)
        if refusal is None:
            return 0
        (number,) = (
            code.value[0]
            for code in grpc.StatusCode
            if code.name.replace("_", "") == refusal[1].upper()
        )
        return _EXIT_OFFSET + int(number)

    def fits(self, output: str) -> bool:
        """Whether the output holds what is printed."""
        parts = map(re.escape, _EXIT.sub("", self.printed).split(" ... "))
        return re.search(".*?".join(parts), output, re.DOTALL) is not None


class Outcome(NamedTuple):
    """What came of a line."""

    exit_code: int
    output: str

    def is_told_by(self, line: Line) -> bool:
        """Whether it is what the page says, the exit code too."""
        return self.exit_code == line.exit_code and line.fits(self.output)


def lines_of(page: str) -> list[Line]:
    """All lines of a page, from top to bottom. Raises ValueError for one that says nothing."""
    return [line for block in _BLOCK.findall(page) for line in _lines_of_block(block)]


def run_lines(
    lines: list[Line],
    *,
    instead: Mapping[str, str],
    names: Mapping[str, str],
    folder: Path,
    programs: str,
) -> list[Outcome]:
    """Runs lines one after the other, and remembers what each answer says.

    instead: what to put for what stands on the page, such as an address. names: what a reader has
    before. programs: folders that programs are looked for in first.
    """
    known = dict(names)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    outcomes = []
    for line in lines:
        command = line.command
        for documented, real in instead.items():
            command = command.replace(documented, real)
        done = subprocess.run(
            ["bash", "-c", command],  # noqa: S607  # the one that a reader pastes into
            cwd=folder,
            env={"PATH": path, "HOME": str(folder), **known},
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
        output = done.stdout.replace("\r\n", "\n")
        known |= {
            name: found[-1] for name, form in _NAMED.items() if (found := form.findall(output))
        }
        outcomes.append(Outcome(done.returncode, output + done.stderr))
    return outcomes


def _lines_of_block(block: str) -> Iterator[Line]:
    command: list[str] = []
    for text in filter(None, block.splitlines()):
        if not text.startswith("#"):
            command.append(text)
        elif command:
            yield Line("\n".join(command), text.removeprefix("#").strip())
            command = []
        else:
            raise ValueError(f"no command is above {text!r}")
    if command:
        raise ValueError(f"it is not said what {command!r} prints")
