"""Which roles and which stored statuses may. Plain functions over plain values.

The rule of the contract, in full: moderator includes creator includes viewer. A caller's roles
are the token's, plus the stored status where it names a role, plus viewer where it is active.
The stored status wins over the token: a barred account is refused however fresh the token.
"""

from collections.abc import Iterable

from getme_server.accounts.errors import (
    AccountBanned,
    AccountInactive,
    AccountLocked,
    AccountSuspended,
    RoleRequired,
)
from getme_server.errors import GetmeError

VIEWER = "viewer"
CREATOR = "creator"
MODERATOR = "moderator"

# "active" stands here because KillrVideo's tokens carry the status as their only role.
_GRANTS: dict[str, tuple[str, ...]] = {
    "active": (VIEWER,),
    VIEWER: (VIEWER,),
    CREATOR: (VIEWER, CREATOR),
    MODERATOR: (VIEWER, CREATOR, MODERATOR),
}

_BARRED: dict[str, tuple[type[GetmeError], str]] = {
    "suspended": (AccountSuspended, "this account is suspended"),
    "locked": (AccountLocked, "this account is locked"),
    "inactive": (AccountInactive, "this account is inactive"),
    "banned": (AccountBanned, "this account is banned"),
}

KNOWN_STATUSES = frozenset(_GRANTS) | frozenset(_BARRED)


def require_good_standing(account_status: str) -> None:
    """Raises the error that a barred status stands for. An unknown status bars nobody.

    Spelling and white space are forgiven here, where that bars somebody, and not where a status
    would grant a role.
    """
    barred = _BARRED.get(account_status.strip().lower())
    if barred is not None:
        error, message = barred
        raise error(message)


def effective_roles(token_roles: Iterable[str], account_status: str) -> tuple[str, ...]:
    """What a caller may act as, lowest first; names that are not roles grant nothing."""
    granted: tuple[str, ...] = _GRANTS.get(account_status, ())
    for role in token_roles:
        grants = _GRANTS.get(role, ())
        if len(grants) > len(granted):  # each list of grants includes all shorter ones
            granted = grants
    return granted


def require_viewer(roles: tuple[str, ...]) -> None:
    """Raises RoleRequired unless roles grant viewer, which every other role includes."""
    if not roles:
        raise RoleRequired("no role of this caller grants viewer")


def require_moderator(roles: tuple[str, ...]) -> None:
    """Raises RoleRequired unless roles, as effective_roles answers them, grant moderator."""
    if MODERATOR not in roles:
        raise RoleRequired("no role of this caller grants moderator")
