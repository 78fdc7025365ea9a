"""The contract's rule of roles and statuses, row by row (design.md, section 2)."""

import itertools

import pytest

from getme_server.accounts.errors import (
    AccountBanned,
    AccountInactive,
    AccountLocked,
    AccountSuspended,
    RoleRequired,
)
from getme_server.accounts.roles import (
    effective_roles,
    require_good_standing,
    require_moderator,
    require_viewer,
)
from getme_server.errors import GetmeError

NONE: tuple[str, ...] = ()
VIEWER = ("viewer",)
CREATOR = ("viewer", "creator")
MODERATOR = ("viewer", "creator", "moderator")

# the token's roles, the stored status, what the caller may act as
RULE = [
    ([], "active", VIEWER),
    ([], "viewer", VIEWER),
    ([], "creator", CREATOR),
    ([], "moderator", MODERATOR),
    ([], "", NONE),
    ([], "gold-member", NONE),
    ([], "Active", NONE),
    ([], " active", NONE),
    (["active"], "", VIEWER),  # KillrVideo's usual token
    (["viewer"], "", VIEWER),
    (["creator"], "", CREATOR),
    (["moderator"], "", MODERATOR),
    (["gold-member"], "", NONE),
    (["Moderator"], "", NONE),
    (["moderator "], "", NONE),
    (["inactive"], "", NONE),
    (["creator"], "active", CREATOR),
    (["viewer"], "creator", CREATOR),
    (["moderator"], "creator", MODERATOR),
    (["creator"], "moderator", MODERATOR),
    (["viewer", "moderator", "creator"], "", MODERATOR),
    (["gold-member", "viewer"], "gold-member", VIEWER),
    (["viewer"] * 32, "viewer", VIEWER),
]

BARRED = {
    "suspended": AccountSuspended,
    "locked": AccountLocked,
    "inactive": AccountInactive,
    "banned": AccountBanned,
}
GOOD_STANDING = ["active", "viewer", "creator", "moderator", "", "gold-member"]


@pytest.mark.parametrize(
    ("token_roles", "status", "roles"),
    RULE,
    ids=[f"{','.join(dict.fromkeys(roles)) or '-'} and {status!r}" for roles, status, _ in RULE],
)
def test_caller_acts_as_what_token_and_status_grant(
    token_roles: list[str], status: str, roles: tuple[str, ...]
) -> None:
    assert effective_roles(token_roles, status) == roles


def test_order_of_the_tokens_roles_does_not_matter() -> None:
    names = ["active", "viewer", "creator", "moderator", "gold-member"]
    for chosen in itertools.combinations(names, 3):
        answers = {effective_roles(order, "") for order in itertools.permutations(chosen)}
        assert len(answers) == 1


@pytest.mark.parametrize(("status", "error"), BARRED.items(), ids=BARRED)
def test_barred_status_is_refused_by_its_own_error(status: str, error: type[GetmeError]) -> None:
    with pytest.raises(error) as refused:
        require_good_standing(status)
    assert refused.value.reason == f"ACCOUNT_{status.upper()}"


@pytest.mark.parametrize("status", GOOD_STANDING, ids=repr)
def test_other_statuses_bar_nobody(status: str) -> None:
    require_good_standing(status)


@pytest.mark.parametrize("roles", [VIEWER, CREATOR, MODERATOR], ids=len)
def test_every_role_includes_viewer(roles: tuple[str, ...]) -> None:
    require_viewer(roles)


def test_no_role_is_refused() -> None:
    with pytest.raises(RoleRequired):
        require_viewer(NONE)


def test_a_moderator_may_do_what_moderators_do() -> None:
    require_moderator(MODERATOR)


@pytest.mark.parametrize("roles", [NONE, VIEWER, CREATOR], ids=len)
def test_no_lesser_role_may_do_what_moderators_do(roles: tuple[str, ...]) -> None:
    with pytest.raises(RoleRequired):
        require_moderator(roles)
