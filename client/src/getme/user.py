"""Users as plain values: the answers of GetMe and GetUser."""

from dataclasses import dataclass
from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from getme.v1 import user_pb2, user_service_pb2


@dataclass(frozen=True, slots=True)
class User:
    """Who is calling, with what the caller may act as.

    Dates are aware and in UTC, None where there is none. roles: "viewer", "creator",
    "moderator". etag: names this version of the user.
    """

    user_id: str
    firstname: str
    lastname: str
    email: str
    account_status: str
    created_date: datetime | None
    last_login_date: datetime | None
    roles: tuple[str, ...]
    etag: str


@dataclass(frozen=True, slots=True)
class PublicUser:
    """What anybody may see of a user. created_date: aware, in UTC, None where there is none."""

    user_id: str
    firstname: str
    lastname: str
    account_status: str
    created_date: datetime | None


def user_of(response: user_service_pb2.GetMeResponse) -> User:
    """The value that a GetMe answer carries."""
    user = response.user
    return User(
        user_id=user.user_id,
        firstname=user.firstname,
        lastname=user.lastname,
        email=user.email,
        account_status=user.account_status,
        created_date=_date(user.created_date) if user.HasField("created_date") else None,
        last_login_date=_date(user.last_login_date) if user.HasField("last_login_date") else None,
        roles=tuple(response.roles),
        etag=response.etag,
    )


def public_user_of(user: user_pb2.PublicUser) -> PublicUser:
    """The value that a public profile carries."""
    return PublicUser(
        user_id=user.user_id,
        firstname=user.firstname,
        lastname=user.lastname,
        account_status=user.account_status,
        created_date=_date(user.created_date) if user.HasField("created_date") else None,
    )


def _date(timestamp: Timestamp) -> datetime:
    return timestamp.ToDatetime(tzinfo=UTC)
