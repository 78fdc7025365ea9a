"""What moderators have done before a test begins."""

from uuid import UUID

from tests.integration.rest_accounts.rest_people import RestSystem, SignedIn
from tests.tokens import token_for


def new_moderator(rest: RestSystem) -> SignedIn:
    """A user whose stored status makes a moderator."""
    user = rest.new_user()
    set_status(rest, user.user_id, "moderator")
    return user


def set_status(rest: RestSystem, user_id: str, status: str) -> None:
    """Sets it, by a token of another service that names the role."""
    moderator = rest.new_user()
    token = token_for(UUID(moderator.user_id), "moderator")
    rest.http.put(
        f"/api/v1/admin/users/{user_id}/account_status",
        json={"account_status": status},
        headers={"authorization": f"Bearer {token}"},
    ).raise_for_status()
