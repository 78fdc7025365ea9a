"""Every command within a sentence of our pages, or of a comment of `deploy/`, exists."""

from pathlib import Path

import pytest

from tests.deploy.inline_commands import is_known, told_in_comments, told_in_sentences
from tests.deploy.test_told_commands import FILES, PAGES, ROOT


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_command_in_a_sentence_exists(page: Path) -> None:
    told = told_in_sentences((ROOT / page).read_text("utf-8"))
    assert [command for command in told if not is_known(command)] == []


@pytest.mark.parametrize("file", FILES, ids=str)
def test_command_in_a_comment_exists(file: Path) -> None:
    told = told_in_comments((ROOT / file).read_text("utf-8"))
    assert [command for command in told if not is_known(command)] == []


def test_command_is_seen_wherever_it_stands() -> None:
    text = "Say `getme\nwhoami` or `x` or `make`.\n```sh\nrun `getme never`\n```\n"
    assert told_in_sentences(text) == ["getme whoami"]
    assert told_in_comments("#   `make\n#   test` it\nrun: `uv never`\n") == ["make test"]


@pytest.mark.parametrize(
    ("command", "known"),
    [
        ("getme health --ca FILE", True),
        ("getme health --never", False),
        ("getme never", False),
        ("getme-server keys rotate --wait 0s", True),
        ("keys rotate --wait 0s", True),
        ("keys rotate --never 0s", False),
        ("getme-server keys never", False),
        ("getme-gateway never", False),
        ("make test ARGS='-k word'", True),
        ("make test NEVER=1", False),
        ("make never", False),
        ("uv build --all-packages", True),
        ("uv build --never", False),
        ("uv never", False),
        ("python -m getme", True),
        ("python -m tests.servers", False),
        ("python -m never", False),
        ("python examples/never.py", False),
    ],
)
def test_command_is_known_by_all_of_its_words(command: str, known: bool) -> None:
    assert is_known(command) is known
