"""Processes that make accounts with the same addresses at the same moment.

Run as a module with the URL of a store: waits for a line, and then makes an account for each
address in it, as a careful caller does: what is not settled is tried again with the same user ID.
"""

import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from uuid import UUID, uuid4

from getme_server.accounts.account import Account, Credentials
from getme_server.accounts.errors import EmailTaken, StoreUnavailable
from getme_server.accounts.store import AccountStore
from getme_server.deadline import Deadline
from getme_server.stores.location import CassandraLogin, read_location
from getme_server.stores.opening import open_stores
from tests.people import ADA
from tests.servers.cassandra import dies_with_us

ROOT = Path(__file__).parents[1]
SECONDS = 60
TRY_SECONDS = 5


def race(url: str, emails: Sequence[str], *, rivals: int) -> dict[str, list[UUID]]:
    """Whom each rival that won an address made for it."""
    command = [*dies_with_us("KILL"), sys.executable, "-m", "tests.rivals", url]
    processes = [
        subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(rivals)
    ]
    winners: dict[str, list[UUID]] = {email: [] for email in emails}
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write(f"{' '.join(emails)}\n")
            process.stdin.flush()
        for process in processes:
            printed, _ = process.communicate(timeout=2 * SECONDS)
            assert process.returncode == 0
            for line in printed.splitlines():
                email, user_id = line.split()
                winners[email].append(UUID(user_id))
    finally:
        for process in processes:
            process.kill()
            process.communicate()
    return winners


def person_with(email: str) -> tuple[Account, Credentials]:
    """A new account of that address, and what signs it in."""
    account = ADA._replace(
        user_id=uuid4(), email=email, created_date=time.time_ns() // 1_000_000, last_login_date=None
    )
    return account, Credentials(email, "", account.user_id, account_locked=False)


def _wins(accounts: AccountStore, account: Account, credentials: Credentials) -> bool:
    ends = Deadline(SECONDS)
    while True:
        try:
            accounts.create(account, credentials, Deadline(TRY_SECONDS))
        except EmailTaken:
            return False
        except StoreUnavailable:
            if not ends.remaining():
                raise
        else:
            return True


def _main() -> None:
    login = CassandraLogin(None, None)
    with closing(open_stores(read_location(sys.argv[1]), login)) as stores:
        print("ready", flush=True)  # noqa: T201  # who started it waits for that
        for email in sys.stdin.readline().split():
            account, credentials = person_with(email)
            if _wins(stores.accounts, account, credentials):
                print(email, account.user_id, flush=True)  # noqa: T201  # its answer


if __name__ == "__main__":
    _main()
