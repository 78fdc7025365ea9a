"""What a store tells of itself beyond that it answers: for `doctor`, which says what it means."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID


class ClockDifference(NamedTuple):
    """How far a node's clock is ahead of ours, seconds, and by how much that may be wrong."""

    node: str
    ahead: float
    uncertain: float


class ClusterFacts(NamedTuple):
    """A cluster and how it keeps the keyspace.

    strategy: of the replication, without its package. copies: of each row, by data centre; the one
    key is empty where data centres make no difference. nodes: by data centre. local_dc: where we
    read, None where the driver is to choose. is_weak: whether reads may miss what was acknowledged.
    clocks: of the nodes that we talk to.
    """

    strategy: str
    copies: Mapping[str, int]
    nodes: Mapping[str, int]
    local_dc: str | None
    consistency: str
    is_weak: bool
    clocks: Sequence[ClockDifference]


class StoreFacts(NamedTuple):
    """pending: what migrate would do, a line each. missing: tables and indexes that are gone.

    removals: users whose removal was begun and not ended, at most MAX_REMOVALS. open_file: the
    database's file, where others can read it. cluster: None where there is one file and no cluster.
    """

    pending: Sequence[str]
    missing: Sequence[str]
    removals: Sequence[UUID]
    open_file: str | None
    cluster: ClusterFacts | None


MAX_REMOVALS = 20
