"""`getme-server token`: access tokens made by hand, explained, and taken back."""

import time
from contextlib import closing
from typing import Annotated
from uuid import UUID

import typer

from getme.program.settings import SettingsError, load
from getme_server.accounts.errors import StoreUnavailable
from getme_server.accounts.roles import KNOWN_STATUSES
from getme_server.accounts.standing import StoredStandings
from getme_server.commands.duration import seconds
from getme_server.commands.explanation_text import Verdict, as_json, as_text, verdict
from getme_server.commands.given_token import STDIN, TokenArgument, given_token
from getme_server.commands.key_source import key_source
from getme_server.commands.stored_checks import STORE_CHECKS, StoredChecks
from getme_server.commands.user_id import user_id
from getme_server.deadline import Deadline
from getme_server.settings import MAX_ACCESS_TTL_SECONDS, ServerSettings
from getme_server.stores.errors import StoreNotReady
from getme_server.tokens.explanation import Explanation
from getme_server.tokens.explanation import explain as explain_token
from getme_server.tokens.findings import Outcome
from getme_server.tokens.key_ring import KeyRing
from getme_server.tokens.plain_words import duration_words, printable, quoted
from getme_server.wiring import current_user_rule, issuer, open_stores, revoker, token_policy

MIN_TTL_SECONDS = 1  # exp counts whole seconds

app = typer.Typer(no_args_is_help=True, help="Access tokens: made by hand, explained, taken back.")


def _ttl_seconds(text: str) -> float:
    ttl = seconds(text)
    if not MIN_TTL_SECONDS <= ttl <= MAX_ACCESS_TTL_SECONDS:
        raise typer.BadParameter("a token is good for 1s to 365d; try 1h")
    return ttl


@app.callback()
def tokens() -> None:
    """Access tokens: made by hand, explained, taken back."""


@app.command()
def issue(
    *,
    user: Annotated[UUID, typer.Option(parser=user_id, metavar="UUID", help="The user ID.")],
    role: Annotated[
        list[str] | None, typer.Option(help="viewer, creator or moderator; may be repeated.")
    ] = None,
    ttl: Annotated[
        float | None,
        typer.Option(
            parser=_ttl_seconds, metavar="DURATION", help="How long it is good, such as 30m or 1h."
        ),
    ] = None,
    dev: Annotated[bool, typer.Option("--dev", help="Sign with the development key.")] = False,
) -> None:
    """Print a token for a user, signed with the server's key: it alone, on standard output."""
    for name in role or ():
        if name not in KNOWN_STATUSES:
            typer.echo(f"note: the role {name!r} grants nothing", err=True)
    settings = load(ServerSettings)
    ttl_seconds = settings.access_ttl if ttl is None else ttl
    _require_short(ttl_seconds, settings.token_max_ttl)
    keys = KeyRing(key_source(settings, dev=dev).key_set())
    typer.echo(
        issuer(settings, keys).issue(
            user, tuple(role or ()), now=time.time(), ttl_seconds=ttl_seconds
        )
    )


@app.command()
def explain(
    token: TokenArgument = STDIN,
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    dev: Annotated[bool, typer.Option("--dev", help="Look with the development key.")] = False,
) -> None:
    """Say check by check why a server accepts or refuses a token; exit with 1 if it refuses."""
    settings = load(ServerSettings)
    explanation = _explained(settings, token, dev=dev)
    if explanation.user_id is None:
        explanation.findings.skip(STORE_CHECKS, "the token names no user")
    else:
        _add_stored_checks(settings, explanation, explanation.user_id)
    typer.echo(as_json(explanation) if json else as_text(explanation))
    if verdict(explanation) is not Verdict.ACCEPTED:
        raise typer.Exit(1)


@app.command()
def revoke(
    token: TokenArgument = STDIN,
    *,
    dev: Annotated[bool, typer.Option("--dev", help="Look with the development key.")] = False,
) -> None:
    """Take one token back; exit with 1 if it is not a token of ours."""
    settings = load(ServerSettings)
    explanation = _explained(settings, token, dev=dev)
    claims, refusal = explanation.claims, explanation.findings.refusal
    if claims is None or not explanation.proven:
        typer.echo(
            printable(f"not revoked, it is no token of ours: {_fault(explanation)}"), err=True
        )
        raise typer.Exit(1)
    # Written whatever this machine's clock and settings say of the token: a server's may differ.
    with closing(open_stores(settings)) as stores:
        revoker(settings, stores).revoke(claims, Deadline(settings.store_timeout))
    named = f"ID {quoted(claims.token_id)}" if claims.token_id else "no ID"
    typer.echo(f"revoked: a token with {named} of user {claims.user_id}")
    typer.echo("every server refuses it within a second")
    if refusal is not None:
        typer.echo(printable(f"note: seen from here it is refused anyway: {_fault(explanation)}"))


def _require_short(ttl_seconds: float, longest: float | None) -> None:
    """Raises SettingsError for a token that no server would take (GETME_ACCESS_TTL is short)."""
    if longest is not None and ttl_seconds > longest:
        raise SettingsError(
            f"--ttl is {duration_words(ttl_seconds)}, more than GETME_TOKEN_MAX_TTL lets any token"
            f" live: {duration_words(longest)}"
        )


def _explained(settings: ServerSettings, token: str, *, dev: bool) -> Explanation:
    keys = key_source(settings, dev=dev).key_set()
    return explain_token(given_token(token), keys, token_policy(settings), now=time.time())


def _add_stored_checks(settings: ServerSettings, explanation: Explanation, user: UUID) -> None:
    try:
        stores = open_stores(settings)
    except StoreNotReady as refused:
        explanation.findings.store_is_away(STORE_CHECKS, StoreUnavailable(str(refused)))
        return
    with closing(stores):
        checks = StoredChecks(
            stores,
            current_user_rule(settings, StoredStandings(stores.accounts)),
            longest_life_seconds=settings.token_max_ttl,
            timeout_seconds=settings.store_timeout,
        )
        checks.add_to(explanation, user)


def _fault(explanation: Explanation) -> str:
    """The first check that failed, and what would mend it."""
    failed = (f for f in explanation.findings.all if f.outcome is Outcome.FAILED)
    return next(f"{finding.text}; {finding.mend}" for finding in failed)
