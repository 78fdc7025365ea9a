"""The rules that `getme-server user` asks, over the store of the settings."""

import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import NamedTuple

import typer

from getme.program.settings import load
from getme_server.account_wiring import administration, moderation, session_parts
from getme_server.accounts.account import Account
from getme_server.accounts.actor import OPERATOR, Actor
from getme_server.accounts.administration import Administration
from getme_server.accounts.errors import LastModerator, StoreUnavailable
from getme_server.accounts.moderation import Moderation
from getme_server.accounts.origin import Origin
from getme_server.accounts.user_lookup import UserLookup
from getme_server.audit_log import AuditLog
from getme_server.commands.command_log import log_to_standard_error
from getme_server.commands.user_argument import named
from getme_server.deadline import Deadline
from getme_server.errors import GetmeError
from getme_server.settings import ServerSettings
from getme_server.stores.opening import Stores
from getme_server.wiring import open_stores, revoker

_REQUEST_ID_BYTES = 8


class UserRules(NamedTuple):
    """What a command asks. actor: the operator, in this one call."""

    settings: ServerSettings
    users: UserLookup
    moderation: Moderation
    administration: Administration
    actor: Actor

    def deadline(self) -> Deadline:
        """How long one change may take from now."""
        return Deadline(self.settings.store_timeout)

    def account(self, user: object) -> Account:
        """The account of a user argument. Raises UserNotFound, StoreUnavailable."""
        return self.users.account(named(user), self.deadline())


@contextmanager
def user_rules() -> Iterator[UserRules]:
    """The rules, for as long as the store is open; what they refuse is told in a line."""
    settings = load(ServerSettings)
    log_to_standard_error(settings.log_format)
    with closing(open_stores(settings)) as stores:
        try:
            yield _rules(settings, stores)
        except StoreUnavailable:
            raise  # which the program tells with its cause
        except GetmeError as refused:
            otherwise = "; or all the same: --force" if isinstance(refused, LastModerator) else ""
            typer.echo(f"getme-server: {refused.message}{otherwise}", err=True)
            raise typer.Exit(1) from None


def _rules(settings: ServerSettings, stores: Stores) -> UserRules:
    parts = session_parts(settings, stores, revoker(settings, stores), AuditLog())
    origin = Origin(secrets.token_hex(_REQUEST_ID_BYTES), "", "")
    return UserRules(
        settings,
        UserLookup(stores.accounts),
        moderation(stores, parts),
        administration(stores, parts),
        Actor(OPERATOR, origin),
    )
