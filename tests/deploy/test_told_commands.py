"""Every command in a block of our pages, or in a comment of `deploy/`, is run or has its reason."""

import re
from pathlib import Path

import pytest

from tests.deploy.lines_not_run import NOT_RUN
from tests.deploy.test_documented_lines import DEPLOYMENT, MIGRATION
from tests.deploy.test_operations_lines import OPERATIONS
from tests.integration.documented_lines import Line, lines_of
from tests.integration.test_contract_lines import LINES as CONTRACT

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    path.relative_to(ROOT)
    for pattern in (
        "*.md",
        "docs/*.md",
        "client/*.md",
        "server/*.md",
        "gateway/*.md",
        "deploy/**/*.md",
    )
    for path in ROOT.glob(pattern)
)
FILES = sorted(
    path.relative_to(ROOT)
    for path in (ROOT / "deploy").rglob("*")
    if path.suffix in {".yaml", ".service"} or path.name == "Dockerfile"
)
RUN = {
    "docs/contract.md": CONTRACT,
    "docs/deployment.md": DEPLOYMENT,
    "docs/migration.md": MIGRATION,
    "docs/operations.md": OPERATIONS,
}
NO_COMMANDS = {"json", "nginx", "python", "text"}

_BLOCK = re.compile(r"^```(.*)\n((?:(?!```).*\n)*)```$", re.MULTILINE)
_IN_COMMENT = re.compile(r"^# {3,}(\S.*)$", re.MULTILINE)
_EXPLANATION = re.compile(r"\s{2,}#.*")


def blocks_of(page: Path) -> list[tuple[str, str]]:
    """The language of each block, and what is in it."""
    return _BLOCK.findall((ROOT / page).read_text("utf-8"))


def commands(text: str) -> list[str]:
    return [_EXPLANATION.sub("", line) for line in text.splitlines() if line]


def told_in_blocks(page: Path) -> list[str]:
    """Those that are not run with their page."""
    return [one for language, text in blocks_of(page) if language == "sh" for one in commands(text)]


def told_in_comments(file: Path) -> list[str]:
    return commands("\n".join(_IN_COMMENT.findall((ROOT / file).read_text("utf-8"))))


def is_run(command: str) -> bool:
    return any(command in line.command for lines in RUN.values() for line in lines)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_block_says_what_is_in_it(page: Path) -> None:
    assert {language for language, _ in blocks_of(page)} <= NO_COMMANDS | {"sh", "shell"}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_page_whose_lines_are_run_has_all_of_them_run(page: Path) -> None:
    none: list[Line] = []
    assert lines_of((ROOT / page).read_text("utf-8")) == RUN.get(str(page), none)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_command_that_is_not_run_with_its_page_has_its_reason(page: Path) -> None:
    assert [command for command in told_in_blocks(page) if command not in NOT_RUN] == []


@pytest.mark.parametrize("file", FILES, ids=str)
def test_command_in_a_comment_is_run_or_has_its_reason(file: Path) -> None:
    told = told_in_comments(file)
    assert [command for command in told if command not in NOT_RUN and not is_run(command)] == []


def test_reasons_are_those_of_commands_that_are_told() -> None:
    told = {command for page in PAGES for command in told_in_blocks(page)}
    told.update(command for file in FILES for command in told_in_comments(file))
    assert NOT_RUN.keys() - told == set()
