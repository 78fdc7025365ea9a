"""The driver repeats a read once, on another node, and a write never."""

from types import SimpleNamespace
from typing import Any

import pytest
from cassandra import ConsistencyLevel, OperationTimedOut
from cassandra.policies import RetryPolicy

from getme_server.stores.cassandra.retrying import RetryReadsOnce

READ = SimpleNamespace(is_idempotent=True)
WRITE = SimpleNamespace(is_idempotent=False)
LEVEL = ConsistencyLevel.LOCAL_QUORUM


def asked(name: str, query: Any, retry_num: int) -> int:
    """What the policy answers when it is asked as the driver asks (cluster.py, _set_result)."""
    policy = RetryReadsOnce()
    if name == "request error":
        decision, _ = policy.on_request_error(
            query, LEVEL, error=OperationTimedOut(), retry_num=retry_num
        )
        return decision
    if name == "unavailable":
        decision, _ = policy.on_unavailable(
            query, retry_num=retry_num, consistency=LEVEL, required_replicas=2, alive_replicas=1
        )
        return decision
    ask = policy.on_read_timeout if name == "read timeout" else policy.on_write_timeout
    decision, _ = ask(
        query, retry_num=retry_num, consistency=LEVEL, required_responses=2, received_responses=1
    )
    return decision


@pytest.mark.parametrize("name", ["request error", "unavailable", "read timeout"])
def test_read_is_repeated_once_on_the_next_node(name: str) -> None:
    assert asked(name, READ, 0) == RetryPolicy.RETRY_NEXT_HOST
    assert asked(name, READ, 1) == RetryPolicy.RETHROW


@pytest.mark.parametrize("name", ["request error", "unavailable", "read timeout", "write timeout"])
def test_write_is_never_repeated(name: str) -> None:
    assert asked(name, WRITE, 0) == RetryPolicy.RETHROW
