"""The credentials that sign an account in, and nobody else."""

from getme_server.accounts.account import Account, Credentials
from getme_server.accounts.credential_store import CredentialStore
from getme_server.deadline import Deadline


def own_credentials(
    store: CredentialStore, account: Account, deadline: Deadline
) -> Credentials | None:
    """Those of an account's address, if they belong to it; None where nothing signs it in.

    Raises StoreUnavailable, CallAbandoned.
    """
    if not account.email:
        return None
    found = store.credentials(account.email, deadline)
    return found if found is not None and found.user_id == account.user_id else None
