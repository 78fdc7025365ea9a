"""Refresh tokens while a node dies: used once, lost never."""

import time
from concurrent.futures import ThreadPoolExecutor

import grpc

from getme_server.accounts.refresh import GRACE_SECONDS
from tests.accounts import People, Refused, new_email
from tests.servers.cassandra_cluster import CassandraCluster
from tests.servers.programs import Program

AT_ONCE = 16
ROUNDS = 6
KILLED = 2


def refreshed(people: People, token: str) -> str:
    """The next token; what is not settled is asked again with the same one, as clients do."""
    ends = time.monotonic() + GRACE_SECONDS / 2
    while True:
        answer = people.refresh(token)
        if not isinstance(answer, Refused):
            return answer.refresh_token
        assert answer.reason == "STORE_UNAVAILABLE", answer
        assert time.monotonic() < ends, answer


def test_refreshes_at_once_get_one_successor_though_a_node_is_killed(
    whole_cluster: CassandraCluster, server: Program
) -> None:
    with (
        grpc.insecure_channel(server.address) as channel,
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        people, email = People(channel), new_email()
        assert not isinstance(people.register(email), Refused)
        signed_in = people.login(email)
        assert not isinstance(signed_in, Refused), signed_in
        token = signed_in.refresh_token
        for number in range(ROUNDS):
            asked = [pool.submit(refreshed, people, token) for _ in range(AT_ONCE)]
            if number == 1:
                whole_cluster.kill(KILLED)
            (token,) = {each.result() for each in asked}
        answer = people.refresh(signed_in.refresh_token)
        assert answer == Refused("TOKEN_REVOKED")
        assert people.refresh(token) == Refused("TOKEN_REVOKED")
    whole_cluster.start(KILLED)
