"""What is taken back is counted by what it was, once it is."""

from uuid import uuid4

import pytest

from getme_server.accounts.errors import StoreUnavailable
from getme_server.deadline import Deadline
from getme_server.tokens.session_revoker import SESSION, TOKEN, USER, SessionRevoker
from tests.unit.tokens.forging import USER_ID, forge
from tests.unit.tokens.ledger import Ledger
from tests.unit.tokens.test_revoker import revoker
from tests.unit.tokens.verdicts import verify

SOON = Deadline(10)


def take_all_back(ledger: Ledger, sessions: SessionRevoker) -> None:
    sessions.revoke_one(verify(forge()), SOON)
    sessions.end(USER_ID, [uuid4(), uuid4()], SOON)
    sessions.end(USER_ID, [uuid4()], SOON)
    assert sessions.revoke_all_of(USER_ID, SOON)
    assert len(ledger.kept) == 4


def test_each_kind_is_counted() -> None:
    ledger = Ledger()
    sessions = SessionRevoker(ledger, revoker(ledger), longest_seconds=1)
    assert not sessions.counted()
    take_all_back(ledger, sessions)
    assert sessions.counted() == {TOKEN: 1, SESSION: 3, USER: 1}


def test_what_the_store_did_not_take_is_not() -> None:
    ledger = Ledger()
    sessions = SessionRevoker(ledger, revoker(ledger), longest_seconds=1)
    ledger.is_down = True
    with pytest.raises(StoreUnavailable):
        sessions.revoke_one(verify(forge()), SOON)
    with pytest.raises(StoreUnavailable):
        sessions.end(USER_ID, [uuid4()], SOON)
    with pytest.raises(StoreUnavailable):
        sessions.revoke_all_of(USER_ID, SOON)
    assert not sessions.counted()
