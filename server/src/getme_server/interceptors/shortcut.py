"""Answers GetMe from memory, before all other interceptors, which a hit has no need of.

A call takes it that has an empty request and one bearer token, and metadata within the limit. All
else, refusals included, goes the usual way; what that answers is remembered here. A hit waits for
nothing, so that it needs no thread of the pool (`request_pool`).
"""

import time
from collections.abc import Callable
from typing import Any, Protocol
from uuid import UUID

import grpc

from getme.program.limits import MAX_METADATA_BYTES
from getme_server.accounts.standing import Seen
from getme_server.call import caller, known_place, seen_of
from getme_server.interceptors.access_log import AccessLog
from getme_server.interceptors.limits import FIELD_OVERHEAD_BYTES
from getme_server.interceptors.metrics import CallMetrics
from getme_server.tokens.claims import AccessClaims
from getme_server.tokens.key_set import KeySet

Behaviour = Callable[[bytes, grpc.ServicerContext], Any]

_KEY = "authorization"
_SCHEME = "Bearer "


class ReadyAnswer(Protocol):
    """An answer that may be sent."""

    @property
    def answer(self) -> bytes:
        """The bytes of the message."""
        ...

    @property
    def user_id(self) -> UUID:
        """Whose it is."""
        ...


class Answers(Protocol):
    """Remembers answers by their tokens."""

    def get(self, token: str) -> ReadyAnswer | None:
        """The answer for a token, where it may be used now."""
        ...

    @property
    def keys(self) -> KeySet:
        """Those that tokens are verified with now."""
        ...

    def keep(  # noqa: PLR0913  # all that decides how long it counts
        self,
        token: str,
        answer: bytes,
        *,
        claims: AccessClaims,
        seen: Seen,
        place: int,
        keys: KeySet,
    ) -> None:
        """Remembers an answer that was given. keys: as they were before that."""
        ...


class Shortcut:
    """Goes around the chain of one method where memory has the answer."""

    def __init__(self, answers: Answers, metrics: CallMetrics, access_log: AccessLog) -> None:
        self._answers = answers
        self._metrics = metrics
        self._access_log = access_log

    def ready(self, method_name: str) -> Callable[[bytes, grpc.ServicerContext], bytes | None]:
        """What answers a call of a method from memory, without a wait, or None."""
        get = self._answers.get
        metrics, access_log = self._metrics, self._access_log

        def answer(request: bytes, context: grpc.ServicerContext) -> bytes | None:
            begun = time.perf_counter()
            token = None if request else _token_of(context)
            ready = None if token is None else get(token)
            if ready is None:
                return None
            seconds = time.perf_counter() - begun
            metrics.answered_from_memory(method_name, seconds)
            access_log.answered_from_memory(context, method_name, seconds, ready.user_id)
            return ready.answer

        return answer

    def remembering(self, chain: Behaviour) -> Behaviour:
        """The chain of the method, with what it answers remembered."""

        def answer(request: bytes, context: grpc.ServicerContext) -> Any:
            token = None if request else _token_of(context)
            if token is None:
                return chain(request, context)
            return self._asked(token, chain, request, context)

        return answer

    def _asked(
        self, token: str, chain: Behaviour, request: bytes, context: grpc.ServicerContext
    ) -> Any:
        keys = self._answers.keys
        answer = chain(request, context)
        seen = seen_of(context)
        if seen is not None:
            self._answers.keep(
                token,
                answer,
                claims=caller(context),
                seen=seen,
                place=known_place(context),
                keys=keys,
            )
        return answer


def _token_of(context: grpc.ServicerContext) -> str | None:
    """The one bearer token of a call that is well within limits."""
    token = None
    size = 0
    for key, value in context.invocation_metadata() or ():
        size += len(key) + len(value) + FIELD_OVERHEAD_BYTES
        if key == _KEY:
            if token is not None or not isinstance(value, str) or not value.startswith(_SCHEME):
                return None
            token = value[len(_SCHEME) :]
    return token if size <= MAX_METADATA_BYTES else None
