"""Somebody who uses getme all the time, through one door: each call has one right outcome.

Nobody but its visitor changes an account, so that all depends on the visitor's own calls alone,
which everybody who made a change sees in their next one.
"""

import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from tests.accounts import PASSWORD, new_email
from tests.faults.three_nodes.whole_installation import kinds
from tests.faults.three_nodes.whole_installation.doors import Door
from tests.faults.three_nodes.whole_installation.kinds import OK, STORE_UNAVAILABLE, Kind
from tests.faults.three_nodes.whole_installation.tally import Answer, Tally
from tests.people import NOBODY

CALLS_PER_SECOND = 2.0
# Until the other nodes know that one is gone, some writes wait for it in vain; that takes 10 s.
SETTLED_SECONDS = 15.0
REPEAT_SECONDS = 0.5
SOMEBODY_ELSE = "somebody else's account"

Act = Callable[[], None]


class Account:
    """One person's. first_token: of a session that is never ended."""

    def __init__(self) -> None:
        self.email = new_email()
        self.user_id = ""
        self.first_token = ""
        self.token = ""
        self.refresh_token = ""

    def take(self, answer: Answer) -> None:
        """Tokens that were given; a refusal, which the tally has, gives none."""
        if answer.outcome == OK:
            self.token, self.refresh_token = answer.token, answer.refresh_token


class Visitor:
    """Calls through a door. resting: held while a call's server must have no more of them."""

    def __init__(self, door: Door, tally: Tally) -> None:
        self.account = Account()
        self.resting = threading.Lock()
        self._door = door
        self._tally = tally

    def sign_up(self, door: Door) -> None:
        """Makes the account and signs it in, through a door that can."""
        mine, self._door = self._door, door
        account = self.account
        names = {"firstname": "Ada", "lastname": "Example"}
        fields = names | {"email": account.email, "password": PASSWORD}
        account.user_id = self._settled(kinds.SIGN_UP, fields).user
        self._sign_in(account)
        account.first_token = account.token
        self._sign_in(account)
        self._door = mine

    def close(self) -> None:
        """Ends its connections."""
        self._door.close()

    def run(self, stopping: threading.Event) -> None:
        """Does all acts in turn, in an order that changes, until the end."""
        due = time.monotonic()
        while True:
            acts = [*self._acts()]
            random.shuffle(acts)
            for act in acts:
                if stopping.wait(max(0.0, due - time.monotonic())):
                    return
                due = max(due + 1 / CALLS_PER_SECOND, time.monotonic())
                with self.resting:
                    act()

    def _acts(self) -> Sequence[Act]:
        return [self._look] * 4 + [self._look_with_first_token] * 2 + [
            self._look_with_wrong_token,
            self._see_profile,
            self._see_nobody,
            self._see_profiles,
        ]  # fmt: skip

    def _sign_in(self, account: Account) -> None:
        fields = {"email": account.email, "password": PASSWORD}
        account.take(self._settled(kinds.SIGN_IN, fields))

    def _look(self) -> None:
        self._call(kinds.ME, token=self.account.token, of=self.account)

    def _look_with_first_token(self) -> None:
        self._call(kinds.ME_FIRST_TOKEN, token=self.account.first_token, of=self.account)

    def _look_with_wrong_token(self) -> None:
        self._call(kinds.ME_WRONG_TOKEN, token=_forged(self.account.token))

    def _see_profile(self) -> None:
        fields = {"user_id": self.account.user_id}
        self._call(kinds.PROFILE, fields, of=self.account)

    def _see_nobody(self) -> None:
        self._call(kinds.PROFILE_OF_NOBODY, {"user_id": str(NOBODY)})

    def _see_profiles(self) -> None:
        self._call(kinds.PROFILES, {"ids": [self.account.user_id, str(NOBODY)]})

    def _call(
        self,
        kind: Kind,
        fields: dict[str, Any] | None = None,
        *,
        token: str | None = None,
        of: Account | None = None,
    ) -> Answer:
        """One call, counted. of: whose account a good answer tells of."""
        node_lost = self._tally.node_lost.is_set()
        answer = self._door.call(kind.rpc, fields or {}, token)
        if of is not None and answer.outcome == OK and answer.user != of.user_id:
            answer = answer._replace(outcome=SOMEBODY_ELSE)
        self._tally.add(self._door.name, kind, answer, node_lost_before=node_lost)
        return answer

    def _settled(
        self, kind: Kind, fields: dict[str, Any] | None = None, *, token: str | None = None
    ) -> Answer:
        """A call that is made again while nobody knows whether it was carried out."""
        ends = time.monotonic() + SETTLED_SECONDS
        answer = self._call(kind, fields, token=token)
        while answer.outcome == STORE_UNAVAILABLE:
            if time.monotonic() > ends:
                self._tally.never_settled.append(f"{kind.name} through the {self._door.name}")
                break
            threading.Event().wait(REPEAT_SECONDS)  # a server without a store refuses at once
            answer = self._call(kind.again, fields, token=token)
        return answer


class Member(Visitor):
    """A visitor through a door that knows all calls."""

    def _acts(self) -> Sequence[Act]:
        return [
            *super()._acts(),
            *[self._rename] * 2,
            *[self._renew] * 2,
            self._renew_wrongly,
            self._list_sessions,
            self._sign_in_wrongly,
            self._sign_out_and_in,
            self._find_without_role,
        ]

    def _rename(self) -> None:
        fields = {"firstname": f"Ada {random.random():.6f}"}  # noqa: S311 - a name
        self._settled(kinds.RENAME, fields, token=self.account.token)

    def _renew(self) -> None:
        fields = {"refresh_token": self.account.refresh_token}
        self.account.take(self._settled(kinds.RENEW, fields))

    def _renew_wrongly(self) -> None:
        # Not one like the session's own: that would count as stolen, and end it.
        self._call(kinds.RENEW_WRONG, {"refresh_token": "none"})

    def _list_sessions(self) -> None:
        self._call(kinds.LIST_SESSIONS, token=self.account.token)

    def _sign_in_wrongly(self) -> None:
        fields = {"email": self.account.email, "password": f"not {PASSWORD}"}
        self._settled(kinds.SIGN_IN_WRONG, fields)

    def _sign_out_and_in(self) -> None:
        self._settled(kinds.SIGN_OUT, token=self.account.token)
        self._call(kinds.ME_SIGNED_OUT, token=self.account.token)
        self._sign_in(self.account)

    def _find_without_role(self) -> None:
        fields = {"email": self.account.email}
        self._call(kinds.FIND_WITHOUT_ROLE, fields, token=self.account.token)


class Moderator(Visitor):
    """Bars an account and lets it in again. token: a moderator's."""

    def __init__(self, door: Door, tally: Tally, token: str) -> None:
        super().__init__(door, tally)
        self._moderator = token

    def _acts(self) -> Sequence[Act]:
        return [
            *[self._look] * 3,
            self._look_without_token,
            self._find,
            self._suspend_and_activate,
        ]

    def _look_without_token(self) -> None:
        self._call(kinds.ME_NO_TOKEN)

    def _find(self) -> None:
        fields = {"email": self.account.email}
        self._call(kinds.FIND, fields, token=self._moderator, of=self.account)

    def _suspend_and_activate(self) -> None:
        barred = {"user_id": self.account.user_id, "account_status": "suspended"}
        self._settled(kinds.SUSPEND, barred, token=self._moderator)
        self._call(kinds.ME_SUSPENDED, token=self.account.token)
        password = {"email": self.account.email, "password": PASSWORD}
        self._settled(kinds.SIGN_IN_SUSPENDED, password)
        good = barred | {"account_status": "active"}
        self._settled(kinds.ACTIVATE, good, token=self._moderator)
        self._call(kinds.ME_REINSTATED, token=self.account.token)
        self._sign_in(self.account)
        self._look()


def _forged(token: str) -> str:
    """Another one, as long, with a signature that is none."""
    at = -10
    return token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
