"""The client library of the getme current-user service.

    with getme.Client("127.0.0.1:50051") as client:
        user = client.get_me(token)

`getme.aio.Client` is the same with await.
"""

from getme import aio
from getme.client import Client
from getme.errors import (
    AlreadyExists,
    DeadlineExceeded,
    Error,
    Internal,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from getme.reasons import Reason
from getme.user import PublicUser, User

__all__ = [
    "AlreadyExists",
    "Client",
    "DeadlineExceeded",
    "Error",
    "Internal",
    "InvalidArgument",
    "NotFound",
    "PermissionDenied",
    "PublicUser",
    "Reason",
    "TooLarge",
    "Unauthenticated",
    "Unavailable",
    "User",
    "aio",
]
