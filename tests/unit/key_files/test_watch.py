"""When a watch takes up what a keys file holds."""

from pathlib import Path

from getme_server.key_files.source import KeysFile
from getme_server.key_files.watch import KeysWatch
from getme_server.tokens.key_ring import KeyRing
from tests.unit.key_files.files_in_test import jwk, write


def test_change_is_known_before_the_watch_says_that_it_has_started(tmp_path: Path) -> None:
    second = jwk(2)
    source = KeysFile(write(tmp_path / "keys.json", jwk(1)))
    keys = KeyRing(source.key_set())
    write(source.path, second)
    watch = KeysWatch(source, keys)
    watch.start()
    watch.stop()
    assert [key.key_id for key in keys.current.keys] == [second["kid"]]


def test_broken_file_leaves_the_keys_in_use(tmp_path: Path) -> None:
    first = jwk(1)
    source = KeysFile(write(tmp_path / "keys.json", first))
    keys = KeyRing(source.key_set())
    watch = KeysWatch(source, keys)
    source.path.unlink()
    watch.look()
    assert [key.key_id for key in keys.current.keys] == [first["kid"]]
