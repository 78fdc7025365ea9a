"""Which keys may go, and which stay with what reason."""

from pathlib import Path
from typing import Any

import pytest

from getme_server.key_files.errors import ChangeRefused
from getme_server.key_files.retirement import retire, retire_expired
from getme_server.key_files.stages import TAKE_UP_SECONDS
from tests.unit.key_files.files_in_test import NOW, at_now, jwk, key_ids, public, write

LIFE = 3_600.0
TOOK_OVER_LONG_AGO = NOW - LIFE - TAKE_UP_SECONDS
OLD, SIGNING, NEXT = jwk(5), jwk(TOOK_OVER_LONG_AGO), jwk(NOW + 9)
YOUNG = jwk(TOOK_OVER_LONG_AGO + 0.001)
FOREIGN = public(jwk(5))


def take_out(path: Path, key_id: str, *, now: bool = False) -> None:
    retire(path, key_id, now=now, token_life_seconds=LIFE, wall_clock=at_now)


# keys, the key to take out, what the refusal says
STAYS = {
    "it signs": ([OLD, SIGNING], SIGNING, "it signs until another does: getme-server keys rotate"),
    "it signs until another": (
        [SIGNING, NEXT],
        SIGNING,
        r"it signs until 2030-03-17T17:46:49Z; .*--now",
    ),
    "its tokens live": (
        [OLD, YOUNG],
        OLD,
        r"its tokens may be good until 2030-03-17T17:46:41Z; .*--now",
    ),
    "somebody else signs with it": ([FOREIGN, SIGNING], FOREIGN, "the file does not tell .*--now"),
}


@pytest.mark.parametrize(("keys", "key", "says"), STAYS.values(), ids=STAYS)
def test_key_that_is_needed_goes_only_at_once(
    tmp_path: Path, keys: list[dict[str, Any]], key: dict[str, Any], says: str
) -> None:
    file = write(tmp_path / "keys.json", *keys)
    with pytest.raises(ChangeRefused, match=says) as refused:
        take_out(file, key["kid"])
    assert str(refused.value).startswith(f"{file}: key {key['kid']} stays: ")
    assert key_ids(file) == [one["kid"] for one in keys]
    take_out(file, key["kid"], now=True)
    assert key_ids(file) == [one["kid"] for one in keys if one is not key]


# keys, the key to take out
GOES = {
    "its last token has expired": ([OLD, SIGNING], OLD),
    "it has not signed yet": ([SIGNING, NEXT], NEXT),
}


@pytest.mark.parametrize(("keys", "key"), GOES.values(), ids=GOES)
def test_key_that_has_no_good_token_goes(
    tmp_path: Path, keys: list[dict[str, Any]], key: dict[str, Any]
) -> None:
    file = write(tmp_path / "keys.json", *keys)
    take_out(file, key["kid"])
    assert key_ids(file) == [one["kid"] for one in keys if one is not key]


# keys, the key to take out
LAST = {
    "the only key": ([SIGNING], SIGNING),
    "beside a public part": ([FOREIGN, SIGNING], SIGNING),
    "the only key, a public part": ([FOREIGN], FOREIGN),
}


@pytest.mark.parametrize(("keys", "key"), LAST.values(), ids=LAST)
def test_last_key_that_can_sign_never_goes(
    tmp_path: Path, keys: list[dict[str, Any]], key: dict[str, Any]
) -> None:
    file = write(tmp_path / "keys.json", *keys)
    for now in (False, True):
        with pytest.raises(ChangeRefused, match=r"the last that can sign; .*rotate --wait 0s"):
            take_out(file, key["kid"], now=now)
    assert key_ids(file) == [one["kid"] for one in keys]


def test_unknown_key_is_refused_with_those_there_are(tmp_path: Path) -> None:
    file = write(tmp_path / "keys.json", OLD, SIGNING)
    with pytest.raises(ChangeRefused) as refused:
        take_out(file, "no-such-key", now=True)
    assert str(refused.value) == (
        f"{file}: there is no key 'no-such-key'; there are: {OLD['kid']}, {SIGNING['kid']}"
    )


def test_all_that_are_done_with_go_and_the_others_have_a_reason(tmp_path: Path) -> None:
    older = jwk(1)
    file = write(tmp_path / "keys.json", older, NEXT, FOREIGN, OLD, SIGNING)
    done = retire_expired(file, token_life_seconds=LIFE, wall_clock=at_now)
    assert [key.key_id for key in done.retired] == [older["kid"], OLD["kid"]]
    assert [key.key_id for key, _ in done.kept] == [NEXT["kid"], FOREIGN["kid"], SIGNING["kid"]]
    assert key_ids(file) == [NEXT["kid"], FOREIGN["kid"], SIGNING["kid"]]


def test_nothing_to_take_out_leaves_the_file_untouched(tmp_path: Path) -> None:
    file = write(tmp_path / "keys.json", jwk(), jwk(), jwk())  # a list as of secrets: no turns
    before = file.stat()
    done = retire_expired(file, token_life_seconds=LIFE, wall_clock=at_now)
    assert done.retired == []
    assert [reason.split(",")[0] for _, reason in done.kept] == [
        "it signs until another does: getme-server keys rotate",
        "the file does not tell when it signed last",
        "the file does not tell when it signed last",
    ]
    after = file.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
