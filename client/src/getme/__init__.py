"""The client library of the getme current-user service.

    with getme.Client("127.0.0.1:50051") as client:
        user = client.get_me(token)

`getme.aio.Client` is the same with await.
"""

from getme import aio
from getme.client import Client
from getme.errors import (
    Aborted,
    AlreadyExists,
    DeadlineExceeded,
    Error,
    FailedPrecondition,
    Internal,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    TooLarge,
    Unauthenticated,
    Unavailable,
    Unimplemented,
)
from getme.reasons import Reason
from getme.tls import Tls
from getme.user import PublicUser, User

__all__ = [
    "Aborted",
    "AlreadyExists",
    "Client",
    "DeadlineExceeded",
    "Error",
    "FailedPrecondition",
    "Internal",
    "InvalidArgument",
    "NotFound",
    "PermissionDenied",
    "PublicUser",
    "Reason",
    "Tls",
    "TooLarge",
    "Unauthenticated",
    "Unavailable",
    "Unimplemented",
    "User",
    "aio",
]
