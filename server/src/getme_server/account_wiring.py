"""Constructs the rules of accounts, for the server and for the commands that do what it does."""

import secrets
import time
from typing import NamedTuple

from getme_server.accounts.administration import Administration
from getme_server.accounts.attempts import AttemptLimits
from getme_server.accounts.audit import Audit
from getme_server.accounts.current_user import CurrentUserRule
from getme_server.accounts.expulsion import Expulsion
from getme_server.accounts.failed_attempts import FailedAttempts
from getme_server.accounts.last_moderator import LastModeratorRule
from getme_server.accounts.moderation import Moderation
from getme_server.accounts.own_removal import OwnRemoval
from getme_server.accounts.password_again import PasswordAgain
from getme_server.accounts.password_change import PasswordChange
from getme_server.accounts.profile import Profile
from getme_server.accounts.refresh import Refresh
from getme_server.accounts.registration import Registration
from getme_server.accounts.removal import Removal
from getme_server.accounts.session_tokens import AccessTokens
from getme_server.accounts.sessions import SessionLives, Sessions
from getme_server.accounts.sign_in import SignIn
from getme_server.accounts.sign_out import SignOut
from getme_server.passwords.cost import HashCost
from getme_server.passwords.hashing import PasswordHasher
from getme_server.servicers.own_account_service import OwnAccountRules
from getme_server.servicers.sign_in_service import SignInRules
from getme_server.settings import ServerSettings
from getme_server.stores.opening import Stores
from getme_server.tokens.revoker import TokenRevoker
from getme_server.tokens.session_revoker import SessionRevoker


class SessionParts(NamedTuple):
    """What all that ends sessions has in common."""

    sessions: Sessions
    revocations: SessionRevoker
    expulsion: Expulsion
    removal: Removal
    last_moderator: LastModeratorRule
    audit: Audit


class SignInParts(NamedTuple):
    """What all that asks for passwords or issues tokens has in common."""

    current_user: CurrentUserRule
    access_tokens: AccessTokens
    hasher: PasswordHasher
    limits: AttemptLimits
    failed_attempts: FailedAttempts


def session_parts(
    settings: ServerSettings,
    stores: Stores,
    revoker: TokenRevoker,
    audit: Audit,
) -> SessionParts:
    """Sessions in these stores."""
    longest = settings.session_max_ttl + settings.access_ttl
    session_revoker = SessionRevoker(stores.revocations, revoker, longest_seconds=longest)
    sessions = Sessions(
        stores.sessions,
        session_revoker,
        SessionLives(settings.refresh_ttl, settings.session_max_ttl),
        wall_clock=time.time,
        random=secrets.token_bytes,
    )
    return SessionParts(
        sessions=sessions,
        revocations=session_revoker,
        expulsion=Expulsion(sessions, session_revoker),
        removal=Removal(stores.accounts, stores.credentials, sessions),
        last_moderator=LastModeratorRule(stores.accounts),
        audit=audit,
    )


def moderation(stores: Stores, parts: SessionParts) -> Moderation:
    """What moderators and operators change."""
    return Moderation(stores.accounts, parts.last_moderator, parts.expulsion, parts.audit)


def administration(stores: Stores, parts: SessionParts) -> Administration:
    """What operators change."""
    return Administration(
        accounts=stores.accounts,
        credentials=stores.credentials,
        last_moderator=parts.last_moderator,
        expulsion=parts.expulsion,
        removal=parts.removal,
        audit=parts.audit,
    )


def password_hasher(settings: ServerSettings) -> PasswordHasher:
    """What makes hashes of the settings' cost."""
    return PasswordHasher(
        HashCost(settings.password_memory, settings.password_time, settings.password_lanes)
    )


def sign_in_rules(stores: Stores, parts: SessionParts, sign_in: SignInParts) -> SignInRules:
    """The rules of AuthService."""
    return SignInRules(
        current_user=sign_in.current_user,
        registration=Registration(
            stores.accounts, sign_in.hasher, sign_in.limits, parts.audit, time.time
        ),
        sign_in=SignIn(
            accounts=stores.accounts,
            credentials=stores.credentials,
            current_user=sign_in.current_user,
            hasher=sign_in.hasher,
            sessions=parts.sessions,
            access_tokens=sign_in.access_tokens,
            limits=sign_in.limits,
            audit=parts.audit,
            failed_attempts=sign_in.failed_attempts,
            wall_clock=time.time,
        ),
        refresh=Refresh(
            store=stores.sessions,
            sessions=parts.sessions,
            revocations=parts.revocations,
            access_tokens=sign_in.access_tokens,
            current_user=sign_in.current_user,
            limits=sign_in.limits,
            audit=parts.audit,
            wall_clock=time.time,
            random=secrets.token_bytes,
        ),
        sessions=parts.sessions,
        sign_out=SignOut(parts.sessions, parts.revocations, sign_in.limits, parts.audit),
    )


def own_account_rules(stores: Stores, parts: SessionParts, sign_in: SignInParts) -> OwnAccountRules:
    """The rules by which users change their own accounts."""
    password_again = PasswordAgain(
        stores.credentials, sign_in.hasher, sign_in.limits, sign_in.failed_attempts, parts.audit
    )
    return OwnAccountRules(
        profile=Profile(stores.accounts, parts.audit),
        password_change=PasswordChange(
            stores.credentials, password_again, sign_in.hasher, parts.sessions, parts.audit
        ),
        own_removal=OwnRemoval(parts.removal, password_again, parts.last_moderator, parts.audit),
    )
