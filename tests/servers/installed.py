"""What tests need of the machine, such as other packages' programs: there, or the test says so."""

import os
import shutil
import sys
from pathlib import Path
from typing import NoReturn

import pytest

_OURS = Path(sys.executable).parent
_ADMINS = "/usr/sbin:/sbin"  # where Debian puts servers, outside a user's PATH


def installed(program: str, *, package: str) -> str:
    """Its path; where it is missing, as `lacking`. package: what to install for it."""
    path = f"{_OURS}{os.pathsep}{os.environ.get('PATH', os.defpath)}{os.pathsep}{_ADMINS}"
    found = shutil.which(program, path=path)
    if found is None:
        lacking(f"{program} is not installed; it comes with {package}")
    return found


def lacking(what: str) -> NoReturn:
    """Skips the test for what this machine lacks, or fails it with GETME_TEST_REQUIRE=all."""
    if os.environ.get("GETME_TEST_REQUIRE") == "all":
        pytest.fail(what)
    pytest.skip(what)
