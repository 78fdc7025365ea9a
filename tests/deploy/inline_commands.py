"""Commands that stand within the sentences of our pages and comments, and whether there are such.

They are not run. A word of a command or an option that a program does not know is a fault.
"""

import io
import re
import shlex
import subprocess
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from importlib.util import find_spec
from pathlib import Path

from typer import Typer
from typer.testing import CliRunner

from getme.cli import run
from getme_gateway.__main__ import app as gateway_app
from getme_server.cli import app as server_app
from tests.servers.programs import BIN

_ROOT = Path(__file__).resolve().parents[2]
_MAKEFILE = (_ROOT / "Makefile").read_text("utf-8")
_BLOCK = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
_COMMENT = re.compile(r"^\s*# ?(.*)$", re.MULTILINE)
_SPAN = re.compile(r"`([^`]+)`")
_OPTION = re.compile(r"--[a-z][a-z-]*")
_LEFT_OUT = "..."
_WIDE = {"COLUMNS": "200"}  # so that no option is cut off
# A sentence may leave the program out. Not `token`: fields of answers are listed that begin so.
_OF_SERVER = {"doctor", "import", "keys", "migrate", "serve", "user"}

Words = Sequence[str]


def told_in_sentences(page: str) -> list[str]:
    """Those of a page in Markdown, without those of its blocks. They may go on in the next line."""
    return _commands(_BLOCK.sub("", page))


def told_in_comments(file: str) -> list[str]:
    """Those between backticks in the comments of a file."""
    return _commands("\n".join(_COMMENT.findall(file)))


def is_known(command: str) -> bool:
    """Whether the program has all words and options of it."""
    program, *words = shlex.split(command)
    if program in _OF_SERVER:
        program, words = "getme-server", [program, *words]
    return _CHECKS[program]([word for word in words if word != _LEFT_OUT])


def _commands(text: str) -> list[str]:
    spans = (" ".join(span.split()) for span in _SPAN.findall(text))
    programs = _CHECKS.keys() | _OF_SERVER
    return [span for span in spans if span.partition(" ")[0] in programs and " " in span]


def _of_typer(app: Typer) -> Callable[[Words], bool]:
    def check(words: Words) -> bool:
        told = CliRunner(env=_WIDE).invoke(app, [*_without_options(words), "--help"])
        return told.exit_code == 0 and _has_options(told.stdout, words)

    return check


def _of_getme(words: Words) -> bool:
    said = io.StringIO()
    try:
        with redirect_stdout(said), redirect_stderr(said):
            run([*_without_options(words), "--help"])
    except SystemExit as ended:
        return ended.code == 0 and _has_options(said.getvalue(), words)
    return False


def _of_uv(words: Words) -> bool:
    command: list[str | Path] = [BIN / "uv", *_without_options(words), "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    return done.returncode == 0 and _has_options(done.stdout, words)


def _of_make(words: Words) -> bool:
    target, *variables = words
    is_target = re.search(rf"^{re.escape(target)}:", _MAKEFILE, re.MULTILINE) is not None
    names = (variable.partition("=")[0] for variable in variables)
    return is_target and all(f"$({name}" in _MAKEFILE for name in names)


def _of_python(words: Words) -> bool:
    """Of `python -m MODULE` and `python FILE`; of the arguments nothing is known."""
    if words[0] != "-m":
        return words[0].startswith("-") or (_ROOT / words[0]).is_file()
    found = find_spec(words[1])
    if found is None or found.submodule_search_locations is None:
        return found is not None
    return find_spec(f"{words[1]}.__main__") is not None


def _without_options(words: Words) -> list[str]:
    first = next((at for at, word in enumerate(words) if word.startswith("-")), len(words))
    return list(words[:first])


def _has_options(told: str, words: Words) -> bool:
    options = {word.partition("=")[0] for word in words if word.startswith("-")}
    return options <= {*_OPTION.findall(told)}


_CHECKS: dict[str, Callable[[Words], bool]] = {
    "getme": _of_getme,
    "getme-server": _of_typer(server_app),
    "getme-gateway": _of_typer(gateway_app),
    "make": _of_make,
    "python": _of_python,
    "python3": _of_python,
    "uv": _of_uv,
}
