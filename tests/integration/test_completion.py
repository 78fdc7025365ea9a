"""What shells complete after `getme`: asked of bash as it asks itself, and compared for fish."""

import re
import subprocess
from collections.abc import Callable

import pytest

from getme.cli import run
from tests.servers.programs import BIN

COMMANDS = ("login", "whoami", "logout", "health", "completion")
# Bash calls the function that it is told of with the words so far, the last of which may be empty.
COMPLETE = """
source "$0"
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
told=$(complete -p getme)
${told//complete -o default -F /} "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""

Completed = Callable[..., set[str]]


@pytest.fixture(scope="module")
def completed(tmp_path_factory: pytest.TempPathFactory) -> Completed:
    """What bash offers for the last of the words after `getme`."""
    script = tmp_path_factory.mktemp("bash") / "getme"
    with script.open("w") as file:
        subprocess.run([BIN / "getme", "completion", "bash"], stdout=file, check=True, timeout=30)

    def offered(*words: str) -> set[str]:
        done = subprocess.run(
            ["bash", "-c", COMPLETE, script, "getme", *words],  # noqa: S607  # a user's own
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
        assert done.stderr == ""
        return set(done.stdout.split())

    return offered


def helped(capsys: pytest.CaptureFixture[str], *words: str) -> set[str]:
    """The options that the help of a command names."""
    with pytest.raises(SystemExit):
        run([*words, "--help"])
    return set(re.findall(r"--[a-z-]+", capsys.readouterr().out))


def test_commands_and_then_their_options_are_offered(
    completed: Completed, capsys: pytest.CaptureFixture[str]
) -> None:
    assert completed("") == {*COMMANDS, *helped(capsys)}
    for command in COMMANDS:
        assert completed(command, "--") == helped(capsys, command)


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("log",), {"login", "logout"}),
        (("login", "--ca", "ca.pem", "--pass"), {"--password-stdin"}),
        (("completion", ""), {"bash", "zsh", "fish", "--help"}),
        (("health", "--ca", "--"), set()),  # a file's name is to come, which bash knows itself
        (("nothing", ""), set()),
    ],
    ids=["two begin so", "an option after another", "a shell", "a value", "no command"],
)
def test_what_is_offered_is_what_may_come_next(
    completed: Completed, words: tuple[str, ...], offered: set[str]
) -> None:
    assert completed(*words) == offered


def test_zsh_is_told_the_same_and_fish_of_all_commands_and_options(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = {}
    for shell in ("bash", "zsh", "fish"):
        assert run(["completion", shell]) == 0
        told[shell] = capsys.readouterr().out
    assert told["zsh"] == told["bash"]
    options = set.union(*(helped(capsys, command) for command in COMMANDS))
    assert {
        f"--{name}" for name in re.findall(r"^complete.* -l ([a-z-]+)", told["fish"], re.MULTILINE)
    } == {
        *options,
        "--version",
    }
    assert set(re.findall(r"__fish_use_subcommand -a ([a-z]+)", told["fish"])) == set(COMMANDS)
