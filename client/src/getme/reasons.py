"""The reasons that getme gives for a refusal (`google.rpc.ErrorInfo.reason`).

Clients decide by them; a reason is never renamed. Domain and reasons follow
https://google.aip.dev/193.
"""

from enum import StrEnum

DOMAIN = "getme"


class Reason(StrEnum):
    """Why a call was refused or failed; the same over gRPC and REST."""

    TOKEN_MISSING = "TOKEN_MISSING"
    TOKEN_INVALID = "TOKEN_INVALID"
    TOKEN_EXPIRED = "TOKEN_EXPIRED"
    TOKEN_REVOKED = "TOKEN_REVOKED"
    ROLE_REQUIRED = "ROLE_REQUIRED"
    ACCOUNT_SUSPENDED = "ACCOUNT_SUSPENDED"
    ACCOUNT_LOCKED = "ACCOUNT_LOCKED"
    ACCOUNT_INACTIVE = "ACCOUNT_INACTIVE"
    ACCOUNT_BANNED = "ACCOUNT_BANNED"
    BAD_CREDENTIALS = "BAD_CREDENTIALS"
    RATE_LIMITED = "RATE_LIMITED"
    EMAIL_TAKEN = "EMAIL_TAKEN"
    ETAG_MISMATCH = "ETAG_MISMATCH"
    LAST_MODERATOR = "LAST_MODERATOR"
    SESSION_NOT_FOUND = "SESSION_NOT_FOUND"
    INVALID_FIELD = "INVALID_FIELD"
    USER_NOT_FOUND = "USER_NOT_FOUND"
    STORE_UNAVAILABLE = "STORE_UNAVAILABLE"
    OVERLOADED = "OVERLOADED"
    TOO_LARGE = "TOO_LARGE"
    INTERNAL = "INTERNAL"
