"""Which hashes are taken over: any, unless a sign-in with it would stall the server."""

import pytest

from getme_server.csv_import.faults import CellFault
from getme_server.csv_import.password_cells import password

BCRYPT_REST = "N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"
ARGON2_REST = "c29tZXNhbHRzb21lc2FsdA$RdescudvJCsgt3ub+b4dWRWJTmaaJObG"


@pytest.mark.parametrize(
    "stored",
    [
        pytest.param("", id="null"),
        pytest.param("913d199f349e540cf50caa123e5697cb1d6089eff315529b", id="KillrVideo's sample"),
        pytest.param("5f4dcc3b5aa765d61d8327deb882cf99", id="md5 of its first generation"),
        pytest.param(f"$2b$12${BCRYPT_REST}", id="bcrypt, usual"),
        pytest.param(f"$2y$15${BCRYPT_REST}", id="bcrypt, dearest"),
        pytest.param(f"$argon2id$v=19$m=65536,t=3,p=4${ARGON2_REST}", id="argon2, usual"),
        pytest.param(f"$argon2id$v=19$m=262144,t=10,p=16${ARGON2_REST}", id="argon2, dearest"),
        pytest.param('$2 bills and a "quote" m=999999999', id="no hash at all"),
        pytest.param("x" * 256, id="longest"),
    ],
)
def test_hash_is_kept_as_it_is(stored: str) -> None:
    assert password(stored) == stored


@pytest.mark.parametrize(
    ("stored", "fault"),
    [
        pytest.param(f"$2b$31${BCRYPT_REST}", "cost 15 or less", id="bcrypt 31"),
        pytest.param(f"$2a$16${BCRYPT_REST}", "cost 15 or less", id="bcrypt 2a"),
        pytest.param(f"$2$16${BCRYPT_REST}", "cost 15 or less", id="bcrypt of 1999"),
        pytest.param(f"$argon2id$v=19$m=4194304,t=1,p=1${ARGON2_REST}", "m=262144", id="4 GiB"),
        pytest.param(f"$argon2i$m=4194304,t=1,p=1${ARGON2_REST}", "m=262144", id="no version"),
        pytest.param(f"$argon2d$v=19$t=11,m=8,p=1${ARGON2_REST}", "t=10", id="other order"),
        pytest.param(f"$argon2id$v=19$m=8,t=1,p=17${ARGON2_REST}", "p=16", id="17 lanes"),
        pytest.param("x" * 257, "at most 256 characters", id="too long"),
        pytest.param("a\nb", "no control characters", id="two lines"),
    ],
)
def test_hash_that_would_stall_a_sign_in_is_refused_unquoted(stored: str, fault: str) -> None:
    with pytest.raises(CellFault, match=fault) as refused:
        password(stored)
    assert stored not in str(refused.value)
