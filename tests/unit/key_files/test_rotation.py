"""When a key is added, and when it signs."""

import json
from pathlib import Path

import pytest

from getme_server.key_files.errors import ChangeRefused
from getme_server.key_files.rotation import generate, rotate
from getme_server.tokens.jwks import key_set_of_jwks
from tests.unit.key_files.files_in_test import NOW, at_now, jwk, key_ids, public, write


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


def signing_key_id(path: Path, moment: float) -> str:
    return key_set_of_jwks(path.read_bytes()).signing(moment).key_id


def test_new_file_has_one_key_that_signs_from_now(file: Path) -> None:
    key = generate(file, "EdDSA", wall_clock=at_now)
    assert key_ids(file) == [key.key_id]
    assert (key.algorithm, key.signs_from) == ("EdDSA", NOW)


def test_added_key_is_taken_up_and_waits_while_the_one_before_signs(file: Path) -> None:
    old = jwk(5, "EdDSA")
    write(file, old)
    new, before = rotate(file, None, wait_seconds=120, wall_clock=at_now)
    assert before is not None
    assert (before.key_id, new.algorithm, new.signs_from) == (old["kid"], "EdDSA", NOW + 121)
    assert key_ids(file) == [old["kid"], new.key_id]
    assert signing_key_id(file, NOW + 120.9) == old["kid"]
    assert signing_key_id(file, NOW + 121) == new.key_id


def test_algorithm_can_change(file: Path) -> None:
    write(file, jwk(5))
    new, _ = rotate(file, "EdDSA", wait_seconds=0, wall_clock=at_now)
    assert new.algorithm == "EdDSA"


def test_wait_begins_when_the_key_is_made_not_before(file: Path) -> None:
    write(file, jwk(5))
    moments = iter([NOW, NOW + 30])
    new, _ = rotate(file, None, wait_seconds=120, wall_clock=lambda: next(moments))
    assert new.signs_from == NOW + 151


def test_key_without_a_wait_signs_though_the_one_before_is_of_the_same_moment(file: Path) -> None:
    generate(file, "ES256", wall_clock=at_now)
    new, _ = rotate(file, None, wait_seconds=0, wall_clock=at_now)
    assert signing_key_id(file, NOW + 0.001) == new.key_id


def test_key_signs_at_once_where_no_other_can(file: Path) -> None:
    write(file, public(jwk(5, "EdDSA")))
    new, before = rotate(file, None, wait_seconds=120, wall_clock=at_now)
    assert before is None
    assert (new.algorithm, new.signs_from) == ("EdDSA", NOW)


def test_second_rotation_waits_for_the_first(file: Path) -> None:
    waiting = jwk(1_795_532_520)
    write(file, jwk(5), waiting)
    before = file.read_bytes()
    with pytest.raises(ChangeRefused) as refused:
        rotate(file, None, wait_seconds=0, wall_clock=lambda: 1_795_532_519.0)
    assert f"key {waiting['kid']} is published and waits" in str(refused.value)
    assert "until 2026-11-24T15:02:00Z" in str(refused.value)
    assert file.read_bytes() == before
    rotate(file, None, wait_seconds=0, wall_clock=lambda: 1_795_532_520.0)


def test_full_file_takes_no_other_key(file: Path) -> None:
    write(file, *(jwk(number, "EdDSA") for number in range(32)))
    with pytest.raises(ChangeRefused, match="it holds 32 keys, the most that are allowed"):
        rotate(file, None, wait_seconds=0, wall_clock=at_now)
    assert len(json.loads(file.read_text())["keys"]) == 32
