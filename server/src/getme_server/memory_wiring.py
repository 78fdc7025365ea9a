"""Constructs what a process remembers, and what tells it of changes."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from getme.cache import Cache
from getme.clock import now
from getme_server.accounts.standing import StoredStandings
from getme_server.figures import Figures
from getme_server.freshness.change_board import ChangeBoard
from getme_server.freshness.change_feed import ChangeFeed
from getme_server.freshness.ready_answers import ReadyAnswers
from getme_server.freshness.remembered_standings import RememberedStandings
from getme_server.freshness.told_feed import ToldFeed
from getme_server.interceptors.metrics import CallMetrics
from getme_server.servicers.watching import Watching
from getme_server.settings import ServerSettings
from getme_server.stores.opening import Stores
from getme_server.tokens.key_ring import KeyRing
from getme_server.tokens.remembered import RememberingVerifier

if TYPE_CHECKING:  # what imports Redis's client, which takes a while
    from getme_server.freshness.redis_news import RedisNews

_MIB = 1024 * 1024


class MemoryParts(NamedTuple):
    """All that has to do with answers from memory. news: where there is a Redis."""

    feed: ChangeFeed
    told_feed: ToldFeed
    watching: Watching
    standings: RememberedStandings
    answers: ReadyAnswers
    news: "RedisNews | None"

    @property
    def followers(self) -> "tuple[ChangeFeed | RedisNews, ...]":
        """What must be started and stopped."""
        return (self.feed,) if self.news is None else (self.feed, self.news)

    @property
    def memories(self) -> Mapping[str, Cache[Any, Any]]:
        """What is remembered, by kind."""
        return {"users": self.standings.memory, "answers": self.answers.memory}

    def add_to(self, figures: Figures, tokens: RememberingVerifier) -> None:
        """Adds what is held now, tokens too, and what was heard of changes."""
        figures.memory.add(self.feed.heard)
        figures.memory.tokens.update({True: tokens.hits, False: tokens.misses})
        levels = figures.memory.levels
        levels["leases", ""] = int(now() < self.feed.lease_ends)
        levels["watchers", ""] = self.watching.watchers
        if self.news is not None:
            levels["redis_available", ""] = int(not self.news.is_away)
        held: dict[str, Cache[Any, Any] | RememberingVerifier] = {**self.memories, "tokens": tokens}
        for kind, memory in held.items():
            levels["entries", kind] = memory.entries
            levels["bytes", kind] = memory.bytes


def memory_parts(
    settings: ServerSettings,
    stores: Stores,
    keys: KeyRing,
    board: ChangeBoard,
    metrics: CallMetrics,
) -> MemoryParts:
    """Memory over these stores. board: the changes that this server makes."""
    feed = ChangeFeed(stores.changes, board, now)
    told_feed = ToldFeed(feed, keys)
    watching = Watching(told_feed)
    feed.listen(watching.tell)
    news = None
    if settings.redis_url is not None:
        from getme_server.freshness.redis_news import RedisNews  # noqa: PLC0415

        news = RedisNews(settings.redis_url, feed.wake)
        board.listen(news.tell)
    max_bytes = settings.cache_memory * _MIB
    standings = RememberedStandings(
        StoredStandings(stores.accounts),
        feed,
        ttl_seconds=settings.cache_ttl,
        max_bytes=max_bytes,
        looked_up=metrics.looked_up,
        clock=now,
    )
    answers = ReadyAnswers(feed, keys, max_bytes=max_bytes, monotonic=now, wall_clock=time.time)
    return MemoryParts(feed, told_feed, watching, standings, answers, news)
