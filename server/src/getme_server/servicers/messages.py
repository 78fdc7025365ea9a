"""Accounts and moments as messages of the contract."""

import hashlib

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from getme.v1.user_pb2 import PublicUser, User
from getme_server.accounts.account import Account

# The range of google.protobuf.Timestamp: the years 1 to 9999.
_FIRST_MILLISECOND = -62_135_596_800_000
_LAST_MILLISECOND = 253_402_300_799_999
_ETAG_BYTES = 12


def user_message(account: Account) -> User:
    """What the account's owner sees."""
    return User(
        user_id=str(account.user_id),
        firstname=account.firstname,
        lastname=account.lastname,
        email=account.email,
        account_status=account.account_status,
        created_date=_timestamp(account.created_date),
        last_login_date=_timestamp(account.last_login_date),
    )


def public_user_message(account: Account) -> PublicUser:
    """What anybody sees."""
    return PublicUser(
        user_id=str(account.user_id),
        firstname=account.firstname,
        lastname=account.lastname,
        account_status=account.account_status,
        created_date=_timestamp(account.created_date),
    )


def moment_message(seconds: float) -> Timestamp:
    """A moment of this age. seconds: since 1970; cut to whole microseconds, as clocks tell it."""
    whole, rest = divmod(seconds, 1)
    return Timestamp(seconds=int(whole), nanos=int(rest * 1_000_000) * 1_000)


def duration_message(seconds: float) -> Duration:
    """So many seconds, to the nanosecond."""
    duration = Duration()
    duration.FromNanoseconds(round(seconds * 1e9))
    return duration


def etag_of(user: User) -> str:
    """Names this version of a user: the same from every server, worker and store."""
    # Deterministic because the message has no map fields and no unknown ones.
    content = user.SerializeToString(deterministic=True)
    return hashlib.blake2b(content, digest_size=_ETAG_BYTES).hexdigest()


def _timestamp(milliseconds: int | None) -> Timestamp | None:
    """A date that a Timestamp can carry, None for any other."""
    if milliseconds is None or not _FIRST_MILLISECOND <= milliseconds <= _LAST_MILLISECOND:
        return None
    seconds, rest = divmod(milliseconds, 1_000)
    return Timestamp(seconds=seconds, nanos=rest * 1_000_000)
