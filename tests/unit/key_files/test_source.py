"""When a keys file is taken up, and what is known of it meanwhile."""

import os
import pickle
from pathlib import Path

import pytest

from getme_server.key_files import source as source_module
from getme_server.key_files.source import KeysFile, SecretFile
from getme_server.tokens.errors import KeyRefused
from getme_server.tokens.key_set import KeySet
from tests.servers.programs import SECRET
from tests.unit.key_files.files_in_test import jwk, write

FIRST, SECOND = jwk(1), jwk(2)
OTHER_SECRET = SECRET[::-1]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path / "keys.json", FIRST)


def ids(source: KeysFile) -> list[str]:
    return [key.key_id for key in source.key_set().keys]


def test_change_is_told_once(file: Path) -> None:
    source = KeysFile(file)
    assert source.changed() is None
    write(file, FIRST, SECOND)
    keys = source.changed()
    assert keys is not None
    assert [key.key_id for key in keys.keys] == ids(source) == [FIRST["kid"], SECOND["kid"]]
    assert source.changed() is None


def test_broken_file_is_refused_once_and_the_last_good_keys_stay(file: Path) -> None:
    source = KeysFile(file)
    file.write_text("{")
    with pytest.raises(KeyRefused, match=r"keys.json: it is not strict JSON"):
        source.changed()
    assert source.changed() is None
    assert ids(source) == [FIRST["kid"]]
    write(file, SECOND)
    assert source.changed() is not None
    assert ids(source) == [SECOND["kid"]]


def test_worker_that_starts_while_the_file_is_broken_has_the_last_good_keys(file: Path) -> None:
    source = KeysFile(file)
    file.write_text("{")
    with pytest.raises(KeyRefused):
        source.changed()
    handed_over = pickle.loads(pickle.dumps(source))  # noqa: S301  # as multiprocessing does
    assert ids(handed_over) == [FIRST["kid"]]
    assert handed_over.changed() is None  # the others have told of it already


def test_worker_that_is_handed_keys_in_the_middle_of_a_look_sees_the_change_itself(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = KeysFile(file)
    handed_over: list[KeysFile] = []
    key_set_in = source_module.key_set_in

    def hand_over(raw: bytes, path: Path, known: KeySet | None = None) -> KeySet:
        handed_over.append(pickle.loads(pickle.dumps(source)))  # noqa: S301  # as above
        return key_set_in(raw, path, known)

    monkeypatch.setattr(source_module, "key_set_in", hand_over)
    write(file, SECOND)
    source.changed()
    monkeypatch.undo()
    worker = handed_over[0]
    assert worker.changed() is not None
    assert ids(worker) == [SECOND["kid"]]


def test_keys_that_are_in_use_are_not_read_again(file: Path) -> None:
    source = KeysFile(file)
    in_use = source.key_set()
    write(file, FIRST, SECOND)
    keys = source.changed()
    assert keys is not None
    assert keys.keys[0] is in_use.keys[0]
    write(file, {**FIRST, "signs_from": 1}, SECOND)
    again = source.changed()
    assert again is not None
    assert [key.signs_from for key in again.keys] == [1, SECOND.get("signs_from", 0)]
    assert again.keys[1] is keys.keys[1]


def test_key_that_stands_twice_is_refused_although_it_is_in_use(file: Path) -> None:
    source = KeysFile(file)
    write(file, FIRST, FIRST)
    with pytest.raises(KeyRefused, match="two keys have the key ID"):
        source.changed()


def test_pipe_in_place_of_the_file_is_refused_and_holds_nobody(file: Path) -> None:
    source = KeysFile(file)
    file.unlink()
    os.mkfifo(file, 0o600)
    with pytest.raises(KeyRefused, match="it is not a file"):
        source.changed()


def test_secret_in_a_file_is_taken_up_when_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "secret-key"
    file.write_text(f"{SECRET}\n")
    source = SecretFile(file)
    file.write_text(f"{OTHER_SECRET},{SECRET}\r\n")
    keys = source.changed()
    assert keys is not None
    assert [key.signing for key in keys.keys] == [OTHER_SECRET.encode(), SECRET.encode()]
    assert source.changed() is None


# content, what the refusal says
NO_SECRETS = {
    "short": (b"short", "a secret has 5 bytes, fewer than 32"),
    "several lines": (f"{SECRET}\n{SECRET}\n".encode(), "holds more than one line"),
    "no text": (b"\xff" * 40, "is not UTF-8 text"),
    "nothing": (b"", "there is no secret"),
}


@pytest.mark.parametrize(("content", "says"), NO_SECRETS.values(), ids=NO_SECRETS)
def test_secret_that_cannot_be_used_leaves_the_last_good_one(
    tmp_path: Path, content: bytes, says: str
) -> None:
    file = tmp_path / "secret-key"
    file.write_text(SECRET)
    source = SecretFile(file)
    file.write_bytes(content)
    with pytest.raises(KeyRefused, match=says) as refused:
        source.changed()
    assert str(refused.value).startswith(f"{file}: ")
    assert SECRET not in str(refused.value)
    assert [key.signing for key in source.key_set().keys] == [SECRET.encode()]
