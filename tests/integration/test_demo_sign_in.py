"""`make run`: the line that signs in works when it is pasted, on a first and on a later start."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.integration.test_make_run import Demo, demo


def sign_in_line(running: Demo) -> str:
    (line,) = (line for line in running.lines if line.endswith("/api/v1/users/login"))
    return line


@pytest.mark.skipif(
    shutil.which("curl") is None and os.environ.get("GETME_TEST_REQUIRE") != "all",
    reason="there is no curl",
)
def test_printed_sign_in_works_when_pasted(tmp_path: Path) -> None:
    for _ in ("first start", "later start"):
        with demo(tmp_path) as running:
            command = ["/bin/sh", "-c", sign_in_line(running)]
            answer = subprocess.run(command, capture_output=True, check=True).stdout
            assert json.loads(answer)["user"]["firstname"] == "Ada"
            running.interrupt()
            running.end()
