"""What the store says of a token's user: revoked, gone, barred, or without a role that helps.

The second half of `token explain`: what a call meets after its token was verified.
"""

from functools import partial
from uuid import UUID

from getme_server.accounts.account import Account
from getme_server.accounts.current_user import CurrentUserRule
from getme_server.accounts.errors import AccountLocked, StoreUnavailable, UserNotFound
from getme_server.accounts.roles import effective_roles, require_good_standing, require_viewer
from getme_server.deadline import Deadline
from getme_server.errors import TokenRevoked
from getme_server.stores.opening import Stores
from getme_server.tokens.claims import AccessClaims
from getme_server.tokens.explanation import Explanation
from getme_server.tokens.findings import Findings
from getme_server.tokens.plain_words import moment_words, quoted
from getme_server.tokens.revocation import Revoked, is_revoked

_ACCOUNT_CHECKS = ("account_status", "credentials", "effective roles")
STORE_CHECKS = ("revocation", "user", *_ACCOUNT_CHECKS)


class StoredChecks:
    """Looks at what the store says, each look within timeout_seconds.

    longest_life_seconds: as in `is_revoked`.
    """

    def __init__(
        self,
        stores: Stores,
        rule: CurrentUserRule,
        *,
        longest_life_seconds: float | None,
        timeout_seconds: float,
    ) -> None:
        self._stores = stores
        self._rule = rule
        self._longest_life_seconds = longest_life_seconds
        self._timeout_seconds = timeout_seconds

    def add_to(self, explanation: Explanation, user_id: UUID) -> None:
        """Adds these checks to those of the token, which names this user."""
        findings = explanation.findings
        if explanation.claims is None:
            findings.skip(("revocation",), "not all of its claims can be read")
        else:
            self._look_at_revocation(findings, explanation.claims)
        account = findings.look(
            "user",
            partial(self._account, user_id, explanation.roles or ()),
            told=lambda _: "the store has this user",
            mend="use the UUID of a user who is there; or was it deleted, is GETME_STORE another?",
        )
        if account is None:
            findings.skip(_ACCOUNT_CHECKS, "no account was read")
        else:
            self._look_at_account(findings, account, explanation.roles)

    def _look_at_revocation(self, findings: Findings, claims: AccessClaims) -> None:
        try:
            known = self._stores.revocations.revoked(
                claims.user_id, claims.revocation_keys, self._deadline()
            )
        except StoreUnavailable as away:
            findings.store_is_away(("revocation",), away)
            return
        findings.look(
            "revocation",
            partial(self._require_not_revoked, claims, known),
            told=lambda _: _not_revoked_words(known),
            mend=_revoked_words(claims, known),
        )

    def _require_not_revoked(self, claims: AccessClaims, known: Revoked) -> None:
        if is_revoked(claims, known, longest_life_seconds=self._longest_life_seconds):
            raise TokenRevoked

    def _account(self, user_id: UUID, token_roles: tuple[str, ...]) -> Account:
        try:
            return self._stores.accounts.account(user_id, self._deadline())
        except UserNotFound:
            # Which of two answers a caller gets is a setting that only the rule knows.
            return self._rule.current(user_id, token_roles, self._deadline()).account

    def _look_at_account(
        self, findings: Findings, account: Account, token_roles: tuple[str, ...] | None
    ) -> None:
        status = account.account_status
        findings.look(
            "account_status",
            partial(require_good_standing, status),
            told=lambda _: f"it is {quoted(status)}, which bars nobody",
            mend=f"it is {quoted(status)}: getme-server user activate {account.user_id}",
        )
        findings.look(
            "credentials",
            partial(self._require_unlocked, account),
            told=lambda _: "not locked",
            mend="user_credentials.account_locked is set for its address: getme-server user unlock"
            f" {account.user_id}",
        )
        if token_roles is None:
            findings.skip(("effective roles",), "the roles of the token cannot be read")
            return
        findings.look(
            "effective roles",
            partial(_viewing_roles, token_roles, status),
            told=", ".join,
            mend="issue it with a role (viewer, creator or moderator), or: getme-server user"
            f" activate {account.user_id}",
        )

    def _require_unlocked(self, account: Account) -> None:
        email = account.email
        if email and self._stores.accounts.credentials_locked(email, self._deadline()):
            raise AccountLocked("the credentials of this account are locked")

    def _deadline(self) -> Deadline:
        return Deadline(self._timeout_seconds)


def _viewing_roles(token_roles: tuple[str, ...], account_status: str) -> tuple[str, ...]:
    """What the caller may act as. Raises RoleRequired."""
    roles = effective_roles(token_roles, account_status)
    require_viewer(roles)
    return roles


def _not_revoked_words(known: Revoked) -> str:
    if known.issued_before is None:
        return "neither it nor all tokens of its user were revoked"
    return f"it is younger than {moment_words(known.issued_before)}, when its user's were revoked"


def _revoked_words(claims: AccessClaims, known: Revoked) -> str:
    if known.keys:
        if claims.revocation_keys[0] in known.keys:
            return "this very token was revoked: get a fresh one"
        return "its session was ended: sign in again"
    if known.issued_before is None:
        return ""
    without_iat = ""
    if claims.issued is None:
        without_iat = "; it has no iat to tell that it is younger: have it issued with iat"
    moment = moment_words(known.issued_before)
    return f"all tokens of its user were revoked at {moment}: get a fresh one{without_iat}"
