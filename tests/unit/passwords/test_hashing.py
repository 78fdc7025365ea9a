"""Passwords are checked against all that a row may hold, in one time, and nothing raises."""

import hashlib
import statistics
import time

import argon2
import bcrypt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from getme_server.passwords.cost import HashCost
from getme_server.passwords.hashing import PasswordCheck, PasswordHasher

COST = HashCost(memory_mib=8, time=1, lanes=1)
HASHER = PasswordHasher(COST)
NO_MATCH = PasswordCheck(matches=False, outdated=False)
MATCH = PasswordCheck(matches=True, outdated=False)
OUTDATED = PasswordCheck(matches=True, outdated=True)

LONG = "x" * 72 + "the rest"
KELVIN = "quac\u212a & Zoë 😀"


def bcrypt_of(password: str, prefix: bytes = b"$2b$") -> str:
    """As KillrVideo's Python backend stores it."""
    made = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(4))
    return (prefix + made[4:]).decode()


def md5_of(password: str) -> str:
    """As KillrVideo's first generation stored it."""
    return hashlib.md5(password.strip().encode(), usedforsecurity=False).hexdigest()


def argon2_of(password: str, memory_kib: int, time_cost: int, lanes: int) -> str:
    return argon2.PasswordHasher(time_cost, memory_kib, lanes).hash(password)


@pytest.mark.parametrize(
    "password",
    ["correct horse", " spaces around ", KELVIN, "a\0b", "a", "x" * 4_096, "e\u0301"],
)
def test_password_matches_its_own_hash_and_nothing_near_it_does(password: str) -> None:
    stored = HASHER.hash(password)
    assert HASHER.check(password, stored) == MATCH
    for other in (f"{password[:-1]}_", password + " ", password.upper() + "!", password + "\0", ""):
        assert HASHER.check(other, stored) == NO_MATCH


def test_hash_is_argon2id_of_the_cost_and_never_the_same_twice() -> None:
    first, second = HASHER.hash("correct horse"), HASHER.hash("correct horse")
    assert first.startswith("$argon2id$v=19$m=8192,t=1,p=1$")
    assert first != second


def test_composed_and_decomposed_passwords_are_two() -> None:
    assert HASHER.check("é" * 8, HASHER.hash("e\u0301" * 8)) == NO_MATCH


@pytest.mark.parametrize(
    ("password", "stored"),
    [
        pytest.param("correct", argon2_of("correct", 8_192, 2, 1), id="argon2id, other passes"),
        pytest.param("correct", argon2_of("correct", 4_096, 1, 1), id="argon2id, other memory"),
        pytest.param("correct", argon2_of("correct", 8_192, 1, 4), id="argon2id, other lanes"),
        pytest.param(KELVIN, bcrypt_of(KELVIN, b"$2a$"), id="bcrypt 2a"),
        pytest.param(KELVIN, bcrypt_of(KELVIN), id="bcrypt 2b"),
        pytest.param("correct", bcrypt_of("correct", b"$2x$"), id="bcrypt 2x"),
        pytest.param(KELVIN, bcrypt_of(KELVIN, b"$2y$"), id="bcrypt 2y"),
        pytest.param(LONG, bcrypt_of(LONG), id="bcrypt of the first 72 bytes"),
        pytest.param("é" * 40, bcrypt_of("é" * 40), id="bcrypt, 72 bytes of 80"),
        pytest.param("x" + "é" * 40, bcrypt_of("x" + "é" * 40), id="bcrypt, cut within a letter"),
        pytest.param("a\0b", bcrypt_of("a\0b"), id="bcrypt with NUL"),
        pytest.param("correct", md5_of("correct"), id="md5"),
        pytest.param(" correct\n", md5_of("correct"), id="md5 of the stripped password"),
        pytest.param(KELVIN, md5_of(KELVIN).upper(), id="md5 in upper case"),
    ],
)
def test_hash_of_another_kind_is_right_and_outdated(password: str, stored: str) -> None:
    assert HASHER.check(password, stored) == OUTDATED
    assert HASHER.check("wrong", stored) == NO_MATCH


def test_bcrypt_looks_at_72_bytes_as_it_did_when_it_was_stored() -> None:
    assert HASHER.check("x" * 72 + "something else", bcrypt_of(LONG)) == OUTDATED
    assert HASHER.check("x" * 71 + "y" + "the rest", bcrypt_of(LONG)) == NO_MATCH
    assert HASHER.check("a\0c", bcrypt_of("a\0b")) == NO_MATCH


SHA256 = hashlib.sha256(b"correct").hexdigest()
REST = "c29tZXNhbHRzb21lc2FsdA$RdescudvJCsgt3ub+b4dWRWJTmaaJObG"
UNUSABLE = {
    "nothing stored": None,
    "null": "",
    "the password itself": "correct",
    "KillrVideo's sample": SHA256,
    "sha-1": hashlib.sha1(b"correct", usedforsecurity=False).hexdigest(),
    "md5 and a line end": md5_of("correct") + "\n",
    "not quite md5": md5_of("correct")[:-1] + "g",
    "bcrypt of 1999": bcrypt_of("correct", b"$2$"),
    "bcrypt and a line end": bcrypt_of("correct") + "\n",
    "half of bcrypt": bcrypt_of("correct")[:40],
    "bcrypt, cost too low": bcrypt_of("correct").replace("$04$", "$03$"),
    "bcrypt, no salt": "$2b$04$" + "a" * 53,
    "bcrypt, cost 31": bcrypt_of("correct").replace("$04$", "$31$"),
    "argon2id, 4 GiB": f"$argon2id$v=19$m=4194304,t=1,p=1${REST}",
    "argon2id, 11 passes": f"$argon2id$v=19$m=8192,t=11,p=1${REST}",
    "argon2id, 17 lanes": f"$argon2id$v=19$m=8192,t=1,p=17${REST}",
    "argon2id, repeated": f"$argon2id$v=19$m=8192,m=4194304,t=1,p=1${REST}",
    "argon2id, no memory": f"$argon2id$v=19$m=0,t=1,p=1${REST}",
    "argon2id, no salt": "$argon2id$v=19$m=8192,t=1,p=1$$",
    "argon2id, bad base64": f"$argon2id$v=19$m=8192,t=1,p=1$a$a{REST}",
    "argon2i": argon2.PasswordHasher(1, 8_192, 1, type=argon2.Type.I).hash("correct"),
    "argon2d": argon2.PasswordHasher(1, 8_192, 1, type=argon2.Type.D).hash("correct"),
    "argon2id and a NUL": HASHER.hash("correct") + "\0",
    "half of argon2id": HASHER.hash("correct")[:50],
    "beyond ASCII": "ﬀ$2b$" + "é" * 40,
    "lone surrogate": "\ud800" * 32,
}


@pytest.mark.parametrize("stored", UNUSABLE.values(), ids=UNUSABLE)
def test_no_password_matches_what_is_no_hash_or_costs_too_much(stored: str | None) -> None:
    for password in ("correct", stored or "", ""):
        assert HASHER.check(password, stored) == NO_MATCH


@pytest.mark.parametrize("password", ["\ud800", "x" * 4_097, "é" * 2_049], ids=["half", "x", "é"])
@pytest.mark.parametrize(
    "stored",
    [
        pytest.param(HASHER.hash("correct"), id="argon2id"),
        pytest.param(bcrypt_of("x" * 80), id="bcrypt"),
        pytest.param(md5_of("x" * 4_097), id="md5"),
        pytest.param(None, id="none"),
    ],
)
def test_password_that_cannot_be_one_matches_nothing(password: str, stored: str | None) -> None:
    assert HASHER.check(password, stored) == NO_MATCH


@given(st.text(max_size=20), st.one_of(st.none(), st.text(), st.from_regex(r"\$(2b|argon2id)\$.*")))
@settings(max_examples=50, deadline=None)
def test_any_text_may_be_given_and_stored(password: str, stored: str | None) -> None:
    assert HASHER.check(password, stored) == NO_MATCH


def test_cost_of_our_own_is_checked_though_a_strange_hash_may_not_cost_so_much() -> None:
    dear = PasswordHasher(HashCost(memory_mib=257, time=1, lanes=1))
    stored = dear.hash("correct")
    assert dear.check("correct", stored) == MATCH
    assert HASHER.check("correct", stored) == NO_MATCH


def test_unknown_wrong_and_unusable_take_the_same_time() -> None:
    hasher = PasswordHasher(HashCost(memory_mib=16, time=2, lanes=1))
    rows = {
        "right": hasher.hash("a long password"),
        "wrong": hasher.hash("correct"),
        "unknown": None,
        "sample": SHA256,
        "md5": md5_of("correct"),
        "bcrypt of no cost": UNUSABLE["bcrypt, cost too low"],
        "bcrypt of no salt": UNUSABLE["bcrypt, no salt"],
        "bcrypt of too much": UNUSABLE["bcrypt, cost 31"],
        "argon2id of too much": UNUSABLE["argon2id, 4 GiB"],
        "argon2id of no salt": UNUSABLE["argon2id, no salt"],
    }
    spent: dict[str, list[float]] = {name: [] for name in rows}
    for _ in range(15):  # interleaved, so that a busy machine slows all of them
        for name, stored in rows.items():
            begun = time.thread_time()
            hasher.check("a long password", stored)
            spent[name].append(time.thread_time() - begun)
    medians = {name: statistics.median(times) for name, times in spent.items()}
    assert max(medians.values()) < 1.3 * min(medians.values()), medians
