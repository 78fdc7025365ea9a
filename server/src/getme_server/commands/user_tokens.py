"""`getme-server user revoke-tokens`: takes back what a user was issued."""

from typing import Annotated
from uuid import UUID

import typer

from getme_server.accounts.errors import UserNotFound
from getme_server.commands.user_argument import UserArgument, named
from getme_server.commands.user_rules import UserRules, user_rules
from getme_server.settings import ServerSettings
from getme_server.tokens.plain_words import duration_words, moment_words
from getme_server.tokens.revocation import KEEP_MARGIN_SECONDS


def revoke_tokens(
    user: UserArgument,
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Also where the store has no user with this ID.")
    ] = False,
) -> None:
    """Take back all tokens of a user that were issued until now, and end all sessions."""
    with user_rules() as rules:
        user_id = _user_id(rules, user, force=force)
        moment = rules.moderation.revoke_tokens(user_id, rules.actor, rules.deadline(), force=force)
    for line in _told(user_id, moment, rules.settings):
        typer.echo(line)


def _user_id(rules: UserRules, user: object, *, force: bool) -> UUID:
    given = named(user)
    if not isinstance(given, UUID):
        return rules.account(given).user_id
    if not force:
        _require_there(rules, given)
    return given


def _require_there(rules: UserRules, user_id: UUID) -> None:
    try:
        rules.account(user_id)
    except UserNotFound:
        typer.echo(
            f"getme-server: the store has no user {user_id}; to revoke all the same, as for a user"
            " who was deleted: --force",
            err=True,
        )
        raise typer.Exit(1) from None


def _told(user: UUID, moment: float, settings: ServerSettings) -> list[str]:
    """What was done, and how long it counts."""
    milliseconds = int(moment * 1000) / 1000
    done = (
        f"revoked: all tokens of user {user} that were issued before {moment_words(milliseconds)}",
        "every server refuses them within a second",
    )
    longest_life = settings.token_max_ttl
    if longest_life is None:
        kept = "this is kept for ever, because GETME_TOKEN_MAX_TTL is not set"
        note = (
            "note: a token without iat is refused too, until it expires, even if it is issued"
            " later; set GETME_TOKEN_MAX_TTL, or have tokens issued with iat"
        )
        return [*done, kept, note]
    seconds = max(longest_life, settings.session_max_ttl + settings.access_ttl)
    ends = moment_words(milliseconds + seconds + KEEP_MARGIN_SECONDS)
    life = duration_words(longest_life)
    return [
        *done,
        f"this is kept until {ends}: as long as any token or session lives, and a day",
        f"note: a token without iat counts as issued {life} before it expires",
    ]
