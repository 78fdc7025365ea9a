"""docs/drop-ins.md shows the examples as they are, so that what is read is what was tried."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = sorted(path.name for path in (ROOT / "examples").glob("*_service*.py"))
PAGE = (ROOT / "docs" / "drop-ins.md").read_text("utf-8")


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_page_shows_the_file(name: str) -> None:
    text = (ROOT / "examples" / name).read_text("utf-8")
    assert f"[examples/{name}](../examples/{name})" in PAGE
    assert f"```python\n{text}```\n" in PAGE


def test_the_page_shows_nothing_else() -> None:
    assert PAGE.count("```python\n") == len(EXAMPLES) == 4
