"""Which rates an attempt is measured by, in which order, and whom each is counted for.

The address comes first: while it is over its limit, whatever accounts it names are not looked at,
so that an attacker cannot fill our memory or Redis with windows of accounts that nobody has.
"""

import hashlib
from collections.abc import Iterator
from typing import NamedTuple

from limits import RateLimitItem

from getme_server.accounts.attempts import Attempt
from getme_server.client_address import limit_key
from getme_server.limiting.rate import read_rate

_DIGEST_CHARACTERS = 32  # 128 bits
_ADDRESS = "address"


class Window(NamedTuple):
    """What is counted together. key: whose attempts of which kind, without saying who that is."""

    rate: RateLimitItem
    key: str


class AttemptRates(NamedTuple):
    """The rates in force, None where there is none.

    password: for one account from one client address. account: passwords for one account from
    all addresses. address: attempts of each kind from one client address.
    """

    password: RateLimitItem | None
    account: RateLimitItem | None
    address: RateLimitItem | None

    def windows(self, attempt: Attempt, *, address: str, account: str) -> Iterator[Window]:
        """The windows that an attempt falls into, in the order in which they are asked."""
        network = limit_key(address)
        attacks_account = bool(account) and attempt is Attempt.PASSWORD
        if self.address:
            yield Window(self.address, _key(attempt, _ADDRESS, network))
        if attacks_account and self.password:
            yield Window(self.password, _key(attempt, "account-address", account, network))
        if attacks_account and self.account:
            yield Window(self.account, _key(attempt, "account", account))


def read_rates(*, password: str, account: str, address: str) -> AttemptRates:
    """The rates in three texts, as `read_rate` reads them. Raises ValueError."""
    return AttemptRates(read_rate(password), read_rate(account), read_rate(address))


def is_of_address(key: str) -> bool:
    """Whether a key, also within a longer one, is of a window for an address and all accounts."""
    return f"/{_ADDRESS}/" in key


def _key(attempt: Attempt, kind: str, *whose: str) -> str:
    # Whoever reads Redis or our memory finds no addresses in it, and a long one costs no more
    # than a short one. Lone surrogates are text for us, not an error.
    whole = "\0".join(whose).encode("utf-8", "surrogatepass")
    return f"{attempt}/{kind}/{hashlib.sha256(whole).hexdigest()[:_DIGEST_CHARACTERS]}"
