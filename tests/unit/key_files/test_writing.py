"""How a keys file is written: the old one whole or the new one whole, whatever comes between."""

import fcntl
import json
import os
import stat
import threading
from pathlib import Path

import pytest

from getme_server.key_files import writing
from getme_server.key_files.errors import ChangeRefused
from getme_server.key_files.writing import create, locked
from getme_server.tokens.errors import KeyRefused
from tests.unit.key_files.files_in_test import jwk, key_ids, write

FIRST, SECOND = jwk(1), jwk(2)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path / "keys.json", FIRST)


def add(path: Path) -> None:
    with locked(path) as draft:
        draft.save([*draft.jwks, SECOND])


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_new_file_is_its_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        create(tmp_path / "keys.json", [FIRST])
    finally:
        os.umask(before)
    assert mode_of(tmp_path / "keys.json") == 0o600
    assert key_ids(tmp_path / "keys.json") == [FIRST["kid"]]
    assert names_in(tmp_path) == ["keys.json"]


def test_file_is_private_and_whole_when_it_gets_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def link(source: Path, target: Path) -> None:
        seen.append((mode_of(source), key_ids(source), target.exists()))

    monkeypatch.setattr(os, "link", link)
    create(tmp_path / "keys.json", [FIRST])
    assert seen == [(0o600, [FIRST["kid"]], False)]


def test_file_that_is_there_is_never_made_again(file: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(ChangeRefused, match=r"keys.json: it exists; .* getme-server keys rotate"):
        create(file, [SECOND])
    assert file.read_bytes() == before
    assert names_in(file.parent) == ["keys.json"]


def test_of_two_that_make_a_file_at_once_one_is_told(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    both = threading.Barrier(2)
    refused = []

    def make() -> None:
        both.wait(10)
        try:
            create(path, [jwk(1)])
        except ChangeRefused as told:
            refused.append(told)

    threads = [threading.Thread(target=make) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert len(key_ids(path)) == 1


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o440, 0o400], ids=oct)
def test_changed_file_keeps_its_mode(file: Path, mode: int) -> None:
    file.chmod(mode)
    if os.geteuid() != 0 and not mode & stat.S_IWUSR:
        pytest.skip("only root writes to a file that its owner cannot write to")
    add(file)
    assert mode_of(file) == mode
    assert key_ids(file) == [FIRST["kid"], SECOND["kid"]]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_file_that_root_changes_stays_that_of_the_server(file: Path) -> None:
    os.chown(file, 4321, 8765)
    file.chmod(0o440)
    add(file)
    found = file.stat()
    assert (found.st_uid, found.st_gid, mode_of(file)) == (4321, 8765, 0o440)


def test_owner_that_cannot_be_kept_leaves_the_file_as_it_is(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = file.read_bytes()

    def refuse(_descriptor: int, _like: os.stat_result) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(writing, "_resemble", refuse)
    with pytest.raises(ChangeRefused, match="Operation not permitted; its owner or root"):
        add(file)
    assert file.read_bytes() == before
    assert names_in(file.parent) == ["keys.json"]


def test_crash_before_the_new_file_has_its_name_leaves_the_old_whole(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = file.read_bytes()

    def crash(_source: object, _target: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as crashing:
        crashing.setattr(os, "replace", crash)
        with pytest.raises(ChangeRefused, match=r"keys.json: cannot be written: Input/output"):
            add(file)
    assert file.read_bytes() == before
    assert names_in(file.parent) == ["keys.json"]
    add(file)
    assert key_ids(file) == [FIRST["kid"], SECOND["kid"]]


def test_new_content_is_on_the_disk_before_it_has_the_name(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, replace = os.fsync, os.replace

    def noted_fsync(descriptor: int) -> None:
        folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        steps.append("folder on disk" if folder else "file on disk")
        fsync(descriptor)

    def noted_replace(source: Path, target: Path) -> None:
        steps.append("named")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "replace", noted_replace)
    add(file)
    assert steps == ["file on disk", "named", "folder on disk"]


def test_content_that_a_server_would_refuse_is_never_written(file: Path) -> None:
    before = file.read_bytes()
    with locked(file) as draft, pytest.raises(KeyRefused, match="two keys have the key ID"):
        draft.save([*draft.jwks, FIRST])
    with locked(file) as draft, pytest.raises(KeyRefused, match="0 keys"):
        draft.save([])
    with pytest.raises(KeyRefused, match="0 keys"):
        create(file.parent / "other.json", [])
    assert file.read_bytes() == before
    assert names_in(file.parent) == ["keys.json"]


def test_file_that_a_server_would_refuse_is_not_changed(file: Path) -> None:
    file.chmod(0o644)
    with pytest.raises(KeyRefused, match=r"others can read or change it; run: chmod 600"):
        add(file)
    file.chmod(0o600)
    file.write_text('{"keys": [')
    with pytest.raises(KeyRefused, match=r"keys.json: it is not strict JSON"):
        add(file)
    assert file.read_text() == '{"keys": ['


def test_second_command_at_once_is_told_and_changes_nothing(file: Path) -> None:
    with locked(file) as draft:
        with pytest.raises(ChangeRefused, match="another keys command is at work on it; try again"):
            add(file)
        draft.save([*draft.jwks, SECOND])
    assert key_ids(file) == [FIRST["kid"], SECOND["kid"]]


def test_lock_of_a_file_that_was_replaced_meanwhile_is_worth_nothing(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flock = fcntl.flock

    def late(descriptor: object, operation: int) -> None:
        monkeypatch.setattr(fcntl, "flock", flock)
        add(file)  # the other command ends between our opening and our locking
        flock(descriptor, operation)  # type: ignore[arg-type]  # as it came

    monkeypatch.setattr(fcntl, "flock", late)
    with pytest.raises(ChangeRefused, match="at work"), locked(file):
        pytest.fail("a change would have undone the other's")
    assert key_ids(file) == [FIRST["kid"], SECOND["kid"]]


def test_link_is_followed_and_stays_a_link(file: Path) -> None:
    folder = file.parent / "elsewhere"
    folder.mkdir()
    link = folder / "link.json"
    link.symlink_to("../keys.json")
    add(link)
    assert link.is_symlink()
    assert key_ids(file) == [FIRST["kid"], SECOND["kid"]]
    assert names_in(folder) == ["link.json"]
    dangling = folder / "new.json"
    dangling.symlink_to("../new-keys.json")
    create(dangling, [FIRST])
    assert key_ids(file.parent / "new-keys.json") == [FIRST["kid"]]


def test_members_that_we_do_not_know_are_kept(tmp_path: Path) -> None:
    known = FIRST | {"x5t": "abc", "note": {"who": "Zoë", "when": [1, 2.5, None]}}
    file = write(tmp_path / "keys.json", known, comment="made by hand", version=3)
    add(file)
    assert json.loads(file.read_text()) == {
        "keys": [known, SECOND],
        "comment": "made by hand",
        "version": 3,
    }


# file, what the refusal says
NO_FILES = {
    "no such file": ("none.json", "No such file or directory; make it with getme-server keys gen"),
    "no such folder": ("none/keys.json", "No such file or directory; make it with"),
    "a folder": (".", "Is a directory"),
    "below a file": ("keys.json/keys.json", "Not a directory"),
    "a link to itself": ("loop.json", "Too many levels of symbolic links"),
}


@pytest.mark.parametrize(("name", "says"), NO_FILES.values(), ids=NO_FILES)
def test_what_is_no_file_is_refused_by_name(file: Path, name: str, says: str) -> None:
    (file.parent / "loop.json").symlink_to("loop.json")
    with pytest.raises(ChangeRefused, match=says) as refused:
        add(file.parent / name)
    assert str(file.parent / name) in str(refused.value)
