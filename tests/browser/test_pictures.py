"""The pictures of the README can be taken anew."""

import subprocess
import sys
from pathlib import Path

import pytest

from scripts.take_pictures import SHOTS

ROOT = Path(__file__).parents[2]
SECONDS = 120
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.usefixtures("chromium")
def test_each_picture_is_taken_in_its_size(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "scripts.take_pictures", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=SECONDS)
    assert {file.name for file in tmp_path.iterdir()} == {f"{shot.name}.png" for shot in SHOTS}
    for shot in SHOTS:
        head = (tmp_path / f"{shot.name}.png").read_bytes()[:24]
        pixels = tuple(int.from_bytes(head[at : at + 4], "big") for at in (16, 20))
        assert head.startswith(PNG)
        assert pixels == tuple(int(side * shot.scale) for side in shot.size)
