"""The first lines of Python on the README and on the page of the package do as they say."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.people import ADA
from tests.servers.programs import start_server
from tests.tokens import token_for

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTED_ADDRESS = "127.0.0.1:50051"
SECONDS = 60
PRINTED = {"README.md": "ada@example.org ('viewer',)\n", "client/README.md": ""}


@pytest.mark.parametrize(("page", "printed"), PRINTED.items(), ids=PRINTED)
def test_first_lines_of_python_run(
    people_database: str, tmp_path: Path, page: str, printed: str
) -> None:
    first, *_ = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)
    with start_server(tmp_path, {"GETME_STORE": people_database}) as server:
        program = f"import sys\ntoken = sys.argv[1]\n{first}"
        program = program.replace(DOCUMENTED_ADDRESS, server.address)
        done = subprocess.run(
            [sys.executable, "-c", program, token_for(ADA.user_id)],
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
    assert (done.returncode, done.stdout, done.stderr) == (0, printed, "")
