"""Programs that tests need and that another package brings: there, or the test says so."""

import os
import shutil
import sys
from pathlib import Path

import pytest

_OURS = Path(sys.executable).parent
_ADMINS = "/usr/sbin:/sbin"  # where Debian puts servers, outside a user's PATH


def installed(program: str, *, package: str) -> str:
    """Its path. Skips the test where it is missing, or fails it with GETME_TEST_REQUIRE=all.

    package: what to install for it.
    """
    path = f"{_OURS}{os.pathsep}{os.environ.get('PATH', os.defpath)}{os.pathsep}{_ADMINS}"
    found = shutil.which(program, path=path)
    if found is None:
        missing = f"{program} is not installed; it comes with {package}"
        if os.environ.get("GETME_TEST_REQUIRE") == "all":
            pytest.fail(missing)
        pytest.skip(missing)
    return found
