"""`scripts.locked_uv`: the uv of uv.lock, without a network."""

import hashlib
import io
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from scripts.locked_uv import UvUnavailable, download_uv, find_uv, locked_uv, wheel_for

LOCK = Path(__file__).resolve().parents[3] / "uv.lock"


@pytest.mark.parametrize(
    ("system", "machine", "libc", "tag"),
    [
        ("linux", "x86_64", "glibc", "manylinux_2_17_x86_64"),
        ("linux", "x86_64", "", "musllinux_1_1_x86_64"),
        ("linux", "aarch64", "glibc", "manylinux_2_17_aarch64"),
        ("linux", "aarch64", "", "musllinux_1_1_aarch64"),
        ("darwin", "arm64", "", "macosx_11_0_arm64"),
        ("darwin", "x86_64", "", "macosx_10_12_x86_64"),
    ],
)
def test_wheel_in_our_lock_for(system: str, machine: str, libc: str, tag: str) -> None:
    assert tag in wheel_for(locked_uv(LOCK)["wheels"], system, machine, libc)["url"]


def test_machine_without_a_wheel_is_named() -> None:
    with pytest.raises(UvUnavailable, match="no uv for linux on mips"):
        wheel_for(locked_uv(LOCK)["wheels"], "linux", "mips", "glibc")


@pytest.fixture
def on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setattr("platform.libc_ver", lambda: ("glibc", "2.36"))


def locked(wheel: Path, digest: str) -> dict[str, Any]:
    entry = {"url": wheel.as_uri(), "hash": f"sha256:{digest}", "size": 1}
    return {"version": "9.9.9", "wheels": [entry]}


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("uv-9.9.9.data/scripts/uv", "#!/bin/sh\necho uv 9.9.9\n")
    path = tmp_path / "uv-9.9.9-py3-none-manylinux_2_17_x86_64.whl"
    path.write_bytes(content.getvalue())
    return path


@pytest.mark.usefixtures("on_this_machine")
def test_download_with_the_locked_hash_becomes_a_program(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "tools" / "uv-9.9.9"
    download_uv(locked(wheel, hashlib.sha256(wheel.read_bytes()).hexdigest()), target)
    assert os.access(target, os.X_OK)
    assert [path.name for path in target.parent.iterdir()] == ["uv-9.9.9"]


@pytest.mark.usefixtures("on_this_machine")
def test_download_with_another_hash_is_refused(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "tools" / "uv-9.9.9"
    with pytest.raises(UvUnavailable, match="sha256 differs"):
        download_uv(locked(wheel, "0" * 64), target)
    assert not target.exists()


@pytest.mark.usefixtures("on_this_machine")
def test_download_that_fails_names_its_address(tmp_path: Path) -> None:
    missing = tmp_path / "uv-manylinux_2_17_x86_64.whl"
    with pytest.raises(UvUnavailable, match=f"^cannot download {missing.as_uri()}: "):
        download_uv(locked(missing, "0" * 64), tmp_path / "uv-9.9.9")


def test_uv_on_path_is_taken_if_it_is_as_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uv = tmp_path / "uv"
    uv.write_text(f"#!/bin/sh\necho uv {locked_uv(LOCK)['version']}\n")
    uv.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert find_uv(LOCK, tmp_path / "tools") == uv
