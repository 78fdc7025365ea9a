"""`deploy/systemd`: units that systemd takes, whose commands are ours."""

import subprocess
from pathlib import Path

import pytest

from tests.servers.installed import installed
from tests.servers.programs import BIN

UNITS = sorted((Path(__file__).resolve().parents[2] / "deploy" / "systemd").glob("*.service"))
INSTALLED = "/opt/getme/bin"
MOST_EXPOSED = "20"  # of 100; systemd's own scale, where 20 and less is OK


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_unit_is_valid_and_confined(unit: Path, tmp_path: Path) -> None:
    analyze = installed("systemd-analyze", package="Debian's systemd")
    here = tmp_path / unit.name
    here.write_text(unit.read_text("utf-8").replace(INSTALLED, str(BIN)), "utf-8")
    for arguments in (["verify"], ["security", "--offline=true", f"--threshold={MOST_EXPOSED}"]):
        done = subprocess.run(
            [analyze, *arguments, here], capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_there_is_a_unit_for_each_program() -> None:
    assert [unit.stem for unit in UNITS] == ["getme-gateway", "getme-server"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_a_reload_has_the_files_looked_at(unit: Path) -> None:
    assert "ExecReload=/bin/kill -HUP $MAINPID" in unit.read_text("utf-8").splitlines()
