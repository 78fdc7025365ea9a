"""What the callers of a soak call, and the one outcome that each kind of call must have.

An outcome is OK or the reason of a refusal. Statuses are those of the contract
(docs/contract.md); a refusal under another status is an outcome of its own.
"""

from typing import NamedTuple

import getme

OK = "OK"
STORE_UNAVAILABLE = "STORE_UNAVAILABLE"
TOKEN_REVOKED = "TOKEN_REVOKED"


class Rpc(NamedTuple):
    """A call of the contract, with its REST route. success: its status over HTTP."""

    service: str
    name: str
    http_method: str
    route: str
    success: int = 200
    writes: bool = True

    @property
    def path(self) -> str:
        """Its name in gRPC."""
        return f"/getme.v1.{self.service}/{self.name}"


GET_ME = Rpc("UserService", "GetMe", "GET", "/api/v1/users/me", writes=False)
GET_USER = Rpc("UserService", "GetUser", "GET", "/api/v1/users/{user_id}", writes=False)
BATCH = Rpc("UserService", "BatchGetUsers", "GET", "/api/v1/users", writes=False)
UPDATE_ME = Rpc("UserService", "UpdateMe", "PUT", "/api/v1/users/me")
REGISTER = Rpc("AuthService", "Register", "POST", "/api/v1/users/register", 201)
LOGIN = Rpc("AuthService", "Login", "POST", "/api/v1/users/login")
REFRESH = Rpc("AuthService", "Refresh", "POST", "/api/v1/users/refresh")
LOGOUT = Rpc("AuthService", "Logout", "POST", "/api/v1/users/logout", 204)
SESSIONS = Rpc("AuthService", "ListSessions", "GET", "/api/v1/users/me/sessions", writes=False)
SET_STATUS = Rpc(
    "AdminService", "SetAccountStatus", "PUT", "/api/v1/admin/users/{user_id}/account_status"
)
FIND_USER = Rpc("AdminService", "FindUser", "POST", "/api/v1/admin/users/find", writes=False)


class Refusal(NamedTuple):
    """How a reason is told: gRPC status, HTTP status, and what the client library raises."""

    code: str
    status: int
    error: type[getme.Error]


REFUSALS = {
    "TOKEN_MISSING": Refusal("UNAUTHENTICATED", 401, getme.Unauthenticated),
    "TOKEN_INVALID": Refusal("UNAUTHENTICATED", 401, getme.Unauthenticated),
    TOKEN_REVOKED: Refusal("UNAUTHENTICATED", 401, getme.Unauthenticated),
    "BAD_CREDENTIALS": Refusal("UNAUTHENTICATED", 401, getme.Unauthenticated),
    "ROLE_REQUIRED": Refusal("PERMISSION_DENIED", 403, getme.PermissionDenied),
    "ACCOUNT_SUSPENDED": Refusal("PERMISSION_DENIED", 403, getme.PermissionDenied),
    "USER_NOT_FOUND": Refusal("NOT_FOUND", 404, getme.NotFound),
    STORE_UNAVAILABLE: Refusal("UNAVAILABLE", 503, getme.Unavailable),
}


class Kind(NamedTuple):
    """A call in a certain situation. is_again: nobody knows whether the one before was made."""

    name: str
    rpc: Rpc
    outcome: str = OK

    is_again: bool = False

    @property
    def again(self) -> "Kind":
        """The same call, after one of which nobody knows whether it was carried out."""
        return self._replace(is_again=True)

    def allows(self, outcome: str, *, node_lost: bool) -> bool:
        """Whether the contract names an outcome. node_lost: one of three nodes dies or is away.

        Writes are never repeated by the server: one that waits for the dying node in vain is
        STORE_UNAVAILABLE, and may have been carried out. Reads are asked of another node.
        """
        if outcome == STORE_UNAVAILABLE:
            return node_lost and self.rpc.writes
        is_ended_already = outcome == TOKEN_REVOKED and self == SIGN_OUT.again
        return outcome == self.outcome or is_ended_already


ME = Kind("GetMe", GET_ME)
ME_FIRST_TOKEN = Kind("GetMe, the first token", GET_ME)
ME_NO_TOKEN = Kind("GetMe, no token", GET_ME, "TOKEN_MISSING")
ME_WRONG_TOKEN = Kind("GetMe, wrong token", GET_ME, "TOKEN_INVALID")
ME_SIGNED_OUT = Kind("GetMe, signed out", GET_ME, TOKEN_REVOKED)
ME_SUSPENDED = Kind("GetMe, suspended", GET_ME, "ACCOUNT_SUSPENDED")
ME_REINSTATED = Kind("GetMe, from before a suspension", GET_ME, TOKEN_REVOKED)
PROFILE = Kind("GetUser", GET_USER)
PROFILE_OF_NOBODY = Kind("GetUser, nobody", GET_USER, "USER_NOT_FOUND")
PROFILES = Kind("BatchGetUsers", BATCH)
RENAME = Kind("UpdateMe", UPDATE_ME)
SIGN_UP = Kind("Register", REGISTER)
SIGN_IN = Kind("Login", LOGIN)
SIGN_IN_WRONG = Kind("Login, wrong password", LOGIN, "BAD_CREDENTIALS")
SIGN_IN_SUSPENDED = Kind("Login, suspended", LOGIN, "ACCOUNT_SUSPENDED")
RENEW = Kind("Refresh", REFRESH)
RENEW_WRONG = Kind("Refresh, wrong token", REFRESH, "TOKEN_INVALID")
SIGN_OUT = Kind("Logout", LOGOUT)
LIST_SESSIONS = Kind("ListSessions", SESSIONS)
SUSPEND = Kind("SetAccountStatus, suspended", SET_STATUS)
ACTIVATE = Kind("SetAccountStatus, active", SET_STATUS)
FIND = Kind("FindUser", FIND_USER)
FIND_WITHOUT_ROLE = Kind("FindUser, no moderator", FIND_USER, "ROLE_REQUIRED")
