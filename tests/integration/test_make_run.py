"""`make run` as a newcomer meets it, in the venv that the tests run in."""

import os
import re
import shlex
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from demo.addresses import LISTENERS
from tests.servers.programs import BIN, environment

ROOT = Path(__file__).resolve().parents[2]
LAST_LINE = "Ctrl-C ends it."
END_SECONDS = 10.0  # 0.4 s on a machine that does nothing else
FREE_PORTS = dict.fromkeys(LISTENERS, "127.0.0.1:0")


class Demo:
    """A `make run` in a session of its own, read up to its last line, or its end."""

    def __init__(self, data: Path, settings: dict[str, str]) -> None:
        make = ("make", "--no-print-directory", "run")
        venv = ("BOOTSTRAP=:", f"VENV={sys.prefix}", f"DATA={data}")
        self.make = subprocess.Popen(
            [*make, *venv],
            cwd=ROOT,
            env=environment(FREE_PORTS | settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert self.make.stdout is not None
        self._output = self.make.stdout
        self.lines: list[str] = []
        for line in self._output:
            self.lines.append(line.rstrip("\n"))
            if self.lines[-1] == LAST_LINE:
                break
        self.processes = self._all() if self.answers else []

    @property
    def answers(self) -> bool:
        """Whether it came to its last line."""
        return self.lines[-1:] == [LAST_LINE]

    def command(self, program: str) -> str:
        """The line to paste that starts with this program."""
        assert self.answers, self.lines
        (line,) = (line for line in self.lines if line.startswith(f"{program} "))
        return line

    def child(self, program: str) -> psutil.Process:
        """The running program of that name."""
        (found,) = (
            process
            for process in self.processes
            if any(part.endswith(f"/{program}") for part in process.cmdline())
        )
        return found

    def interrupt(self, number: int = signal.SIGINT) -> None:
        """Sends a signal to all of the foreground, as a terminal does for Ctrl-C."""
        os.killpg(self.make.pid, number)

    def end(self) -> list[str]:
        """What it still prints until its end, which is near. Closes it."""
        gone, alive = psutil.wait_procs(self.processes, END_SECONDS)
        rest = self._output.read().splitlines()
        self._output.close()
        self.make.wait(END_SECONDS)
        assert (alive, len(gone)) == ([], len(self.processes))
        return rest

    def _all(self) -> list[psutil.Process]:
        return psutil.Process(self.make.pid).children(recursive=True)


@contextmanager
def demo(data: Path, settings: dict[str, str] | None = None) -> Iterator[Demo]:
    """A demo of which nothing is left afterwards, whatever the test found."""
    running = Demo(data, settings or {})
    try:
        yield running
    finally:
        for process in running.processes:
            if process.is_running():
                process.kill()
        running.make.kill()
        running.make.wait()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the demo's second start finds as the first one left it."""
    return tmp_path_factory.mktemp("demo") / "data"


def test_printed_lines_work_when_pasted_and_ctrl_c_ends_everything(data: Path) -> None:
    with demo(data) as running:
        assert json_of_curl(running.command("curl"))["firstname"] == "Ada"
        assert '"firstname": "Ada"' in output_of_grpcurl(running.command("grpcurl"))
        running.interrupt()
        started = time.monotonic()
        assert running.end() == []
        assert time.monotonic() - started < END_SECONDS
        assert running.make.returncode == -signal.SIGINT  # make's own; the demo ended with 0


def test_every_kind_of_person_is_answered_as_the_contract_says(data: Path) -> None:
    with demo(data) as running:
        table = [re.split(" {2,}", line) for line in running.lines if "-4000-8000-" in line]
        answers = {status: answer for _, _, status, answer in table}
        running.interrupt()
        running.end()
    assert answers == {
        "active": "200",
        "viewer": "200",
        "creator": "200",
        "moderator": "200",
        "inactive": "403 ACCOUNT_INACTIVE",
        "suspended": "403 ACCOUNT_SUSPENDED",
        "locked": "403 ACCOUNT_LOCKED",
        "banned": "403 ACCOUNT_BANNED",
        "active, sign-in locked": "403 ACCOUNT_LOCKED",
    }


def test_second_start_keeps_what_is_stored_and_says_where(data: Path) -> None:
    with demo(data) as first:
        first.interrupt()
        first.end()
    key = (data / "getme-dev.key").read_bytes()
    with closing(sqlite3.connect(data / "getme.db")) as database, database:
        database.execute("UPDATE users SET lastname = 'Kept'")
    with demo(data) as second:
        assert f"Data, kept for the next time: {data}" in second.lines
        assert json_of_curl(second.command("curl"))["lastname"] == "Kept"
        second.interrupt()
        second.end()
    assert (data / "getme-dev.key").read_bytes() == key


def test_sigterm_to_the_demo_ends_everything_in_order(data: Path) -> None:
    with demo(data) as running:
        running.processes[0].terminate()
        assert running.end() == []
        assert running.make.returncode == 0


@pytest.mark.parametrize("setting", LISTENERS)
def test_taken_port_is_named_and_nothing_is_left_running(data: Path, setting: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        with demo(data, {setting: taken}) as refused:
            assert refused.end() == []
            assert not refused.answers
            assert refused.lines[0].startswith(f"demo: {taken} is taken by another program")
            assert f"set {setting} to another address" in refused.lines[0]
            assert "Traceback" not in "\n".join(refused.lines)


@pytest.mark.parametrize("program", ["getme-server", "getme-gateway"])
def test_program_that_dies_ends_the_other_with_its_name(data: Path, program: str) -> None:
    with demo(data) as running:
        running.child(program).kill()
        told = running.end()
        assert told[0].startswith(f"demo: {program} serve failed (SIGKILL); its log: {data}")
        assert running.make.returncode


def test_setting_that_a_program_refuses_is_named_and_ends_all(data: Path) -> None:
    with demo(data, {"GETME_THREADS": "many"}) as refused:
        refused.end()
        assert any(line.startswith("getme-server: GETME_THREADS: ") for line in refused.lines)
        assert "Traceback" not in "\n".join(refused.lines)


def test_file_that_is_no_store_is_named_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "getme.db").write_text("my diary\n" * 1_000)
    with demo(tmp_path) as refused:
        refused.end()
        assert not refused.answers
        assert any("getme.db" in line for line in refused.lines)
        assert "Traceback" not in "\n".join(refused.lines)
    assert (tmp_path / "getme.db").read_text() == "my diary\n" * 1_000


def json_of_curl(line: str) -> dict[str, str]:
    """The answer to the pasted line; asked by httpx where there is no curl."""
    if shutil.which("curl"):
        answer = subprocess.run(["/bin/sh", "-c", line], capture_output=True, check=True).stdout
        return dict(httpx.Response(200, content=answer).json())
    _, _, header, url = shlex.split(line)
    name, _, value = header.partition(": ")
    return dict(httpx.get(url, headers={name: value}, trust_env=False).raise_for_status().json())


def output_of_grpcurl(line: str) -> str:
    """The answer to the pasted line; where there is no grpcurl, buf asks by reflection as well."""
    if shutil.which("grpcurl"):
        command = ["/bin/sh", "-c", line]
    else:
        _, _, _, header, address, method = shlex.split(line)
        options = ("--protocol", "grpc", "--http2-prior-knowledge", "--reflect")
        command = [str(BIN / "buf"), "curl", *options]
        command += ["--header", header, f"http://{address}/{method}"]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.replace('":"', '": "')
