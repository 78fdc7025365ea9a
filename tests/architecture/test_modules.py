"""What holds for every module: its size, its name, and who may look at the environment."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("client/src", "server/src", "gateway/src")
WRITTEN_BY_US = (*SOURCES, "tests", "bench", "demo", "scripts")
MAX_LINES = 400
BANNED_NAMES = {"util", "utils", "common", "helper", "helpers", "misc", "manager", "managers"}
READERS_OF_THE_ENVIRONMENT = {
    "server/src/getme_server/__main__.py",  # sets what gRPC reads
    "client/src/getme/program/settings.py",
    "client/src/getme/session_file.py",  # where a person's own state is kept
    "client/src/getme/forking.py",  # gRPC's own switch, which grpcio reads but does not tell
}
CATCHERS_OF_EVERYTHING = {
    "server/src/getme_server/interceptors/errors.py",
    "gateway/src/getme_gateway/application.py",
    "server/src/getme_server/freshness/change_feed.py",  # in a thread that must live on
    "server/src/getme_server/request_pool.py",  # likewise, grpcio's own
    "server/src/getme_server/signals.py",  # likewise
    "server/src/getme_server/file_watch.py",  # likewise
    "gateway/src/getme_gateway/tls_watch.py",  # likewise, a task
}


def modules(*folders: str) -> list[str]:
    """Paths of all Python files there that people write, relative to the root."""
    found = [
        str(path.relative_to(ROOT)) for folder in folders for path in (ROOT / folder).rglob("*.py")
    ]
    return sorted(path for path in found if not path.startswith("client/src/getme/v1/"))


def tree_of(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text("utf-8"), path)


def reads_environment(tree: ast.Module) -> bool:
    """Whether a module looks at os.environ, os.getenv or their like, however imported."""
    names = {"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in names:
            return True
        if isinstance(node, ast.ImportFrom) and names & {alias.name for alias in node.names}:
            return True
    return False


def catches_everything(tree: ast.Module) -> bool:
    """Whether a module has `except:` or `except Exception` (not: cleans up and raises again)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else ""
            ends = node.body[-1]
            raises_again = isinstance(ends, ast.Raise) and ends.exc is None
            if caught in {"", "Exception", "BaseException"} and not raises_again:
                return True
    return False


@pytest.mark.parametrize("path", modules(*WRITTEN_BY_US))
def test_module_is_short_enough_to_read(path: str) -> None:
    assert len((ROOT / path).read_text("utf-8").splitlines()) <= MAX_LINES


def test_names_say_what_a_module_is_about() -> None:
    named = {path: set(Path(path).with_suffix("").parts) for path in modules(*WRITTEN_BY_US)}
    assert {path for path, parts in named.items() if parts & BANNED_NAMES} == set()


def test_every_module_of_ours_says_what_it_answers_for() -> None:
    assert [path for path in modules(*SOURCES) if not ast.get_docstring(tree_of(path))] == []


def test_only_the_settings_look_at_the_environment() -> None:
    readers = {path for path in modules(*SOURCES) if reads_environment(tree_of(path))}
    assert readers == READERS_OF_THE_ENVIRONMENT


def test_only_the_outermost_layer_catches_everything() -> None:
    catchers = {path for path in modules(*SOURCES) if catches_everything(tree_of(path))}
    assert catchers == CATCHERS_OF_EVERYTHING


def test_conftests_are_short() -> None:
    long = [
        path
        for path in modules("tests")
        if Path(path).name == "conftest.py"
        and len((ROOT / path).read_text("utf-8").splitlines()) > 100
    ]
    assert long == []
