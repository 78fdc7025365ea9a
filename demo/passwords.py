"""Lets the demo's people sign in, all with one password, which everybody can read.

So it is good in the demo's own store alone: the file that is imported holds no hash, and the one
that takes its place is made there.
"""

from contextlib import closing
from pathlib import Path

from demo.errors import DemoError
from demo.people import NO_PASSWORD, PASSWORD, emails
from getme_server.accounts.errors import StoreUnavailable
from getme_server.deadline import Deadline
from getme_server.passwords.cost import HashCost
from getme_server.passwords.hashing import PasswordHasher
from getme_server.stores.errors import StoreNotReady
from getme_server.stores.location import CassandraLogin, SqliteLocation
from getme_server.stores.opening import open_stores

# The server's defaults. With other settings it makes a hash of its own at the first sign-in.
_COST = HashCost(memory_mib=64, time=3, lanes=4)
_STORE_SECONDS = 10.0
_NO_LOGIN = CassandraLogin(None, None)


def give_passwords(database: Path) -> None:
    """Lets everybody sign in whose password was never set. Raises DemoError.

    In this process: a command for each would take half a second, which a start cannot spare.
    """
    password_hash = PasswordHasher(_COST).hash(PASSWORD)
    try:
        with closing(open_stores(SqliteLocation(str(database)), _NO_LOGIN)) as stores:
            for email in emails():
                found = stores.credentials.credentials(email, Deadline(_STORE_SECONDS))
                if found is not None and found.password == NO_PASSWORD:
                    stores.credentials.replace_password(
                        found, password_hash, Deadline(_STORE_SECONDS)
                    )
    except (StoreNotReady, StoreUnavailable) as failed:
        raise DemoError(f"cannot set the passwords in {database}: {failed}") from failed
