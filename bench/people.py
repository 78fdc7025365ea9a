"""Made-up users, and tokens that other services of the platform could have signed for them.

Tokens are HS256 with the claims of an issued token; a number in `jti` makes each one new.
"""

import base64
import hmac
import json
import time
import uuid
from collections.abc import Iterable, Iterator
from itertools import count, cycle, islice
from pathlib import Path

from getme_server.accounts.account import Account

SECRET_KEY = "for-benchmarks-only-and-longer-than-32-bytes"
USERS = 300
_CREATED_MILLISECONDS = 1_761_906_600_000  # 2025-10-31T10:30:00Z
_DAY_MILLISECONDS = 86_400_000
_TTL_SECONDS = 86_400


def accounts(users: int = USERS) -> list[Account]:
    """So many active accounts, the same in every run."""
    return [_account(number) for number in range(users)]


def _account(number: int) -> Account:
    return Account(
        user_id=uuid.uuid5(uuid.NAMESPACE_DNS, f"user-{number}.example.com"),
        firstname="Ada",
        lastname=f"Lovelace-{number:04}",
        email=f"ada.lovelace.{number:04}@example.com",
        account_status="active",
        created_date=_CREATED_MILLISECONDS + number,
        last_login_date=_CREATED_MILLISECONDS + _DAY_MILLISECONDS + number,
    )


class TokenFiles:
    """Files of tokens as the load reads them: a user ID and a token on each line."""

    def __init__(self, directory: Path, people: Iterable[Account]) -> None:
        self._directory = directory
        self._user_ids = [str(account.user_id) for account in people]
        self._numbers = count(1)

    def remembered(self) -> Path:
        """A token for each user, the same ones at each call."""
        path = self._directory / "remembered-tokens.txt"
        if not path.exists():
            self._write(path, self._user_ids)
        return path

    def pairs(self) -> list[tuple[str, str]]:
        """A user ID and a token for each user, those of `remembered`."""
        lines = (line.split() for line in self.remembered().read_text("ascii").splitlines())
        return [(user_id, token) for user_id, token in lines]

    def first(self) -> tuple[str, str]:
        """A user ID and a token."""
        return self.pairs()[0]

    def new(self, number: int) -> Path:
        """Tokens that no server has seen."""
        path = self._directory / "new-tokens.txt"
        self._write(path, islice(cycle(self._user_ids), number))
        return path

    def _write(self, path: Path, user_ids: Iterable[str]) -> None:
        path.write_text("".join(self._lines(user_ids)), "ascii")

    def _lines(self, user_ids: Iterable[str]) -> Iterator[str]:
        now = int(time.time())
        for user_id in user_ids:
            yield f"{user_id} {token(user_id, now=now, number=next(self._numbers))}\n"


def token(user_id: str, *, now: int, number: int) -> str:
    """A compact JWS. now: seconds since 1970."""
    claims = {
        "sub": user_id,
        "roles": ["active"],
        "iat": now,
        "exp": now + _TTL_SECONDS,
        "jti": str(uuid.UUID(int=number)),
    }
    signed = f"{_HEADER}.{_encoded(json.dumps(claims).encode())}"
    signature = hmac.digest(SECRET_KEY.encode(), signed.encode(), "sha256")
    return f"{signed}.{_encoded(signature)}"


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


_HEADER = _encoded(b'{"alg":"HS256","typ":"JWT"}')
