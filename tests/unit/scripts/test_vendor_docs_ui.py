"""The reference page's files from npm are those that the script names."""

import hashlib

import pytest

from scripts.vendor_docs_ui import FOLDER, SHA256


@pytest.mark.parametrize("name", SHA256)
def test_each_file_has_the_bytes_that_were_looked_at(name: str) -> None:
    assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == SHA256[name]


def test_there_is_no_other_file() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(SHA256)


def test_the_licence_comes_with_it() -> None:
    assert "Apache License" in (FOLDER / "LICENSE").read_text()
