"""A cache that many share, in front of the gateway: nobody gets the answer of another."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.attacks.conftest import Targets
from tests.people import ADA, CREATOR
from tests.servers.nginx import nginx
from tests.tokens import token_for

USERS = "/api/v1/users"
ME = f"{USERS}/me"
PUBLIC = (f"{USERS}/{ADA.user_id}", "/.well-known/jwks.json", "/openapi.json")
OF_EACH = (f"{ME}/sessions", f"{USERS}?ids={ADA.user_id}", "/api/v1/nowhere", "/healthz")
# It keeps whatever does not say otherwise, refusals too.
KEEPS = """
    proxy_cache_path {directory} keys_zone=answers:1m;
    proxy_cache answers;
    proxy_cache_valid any 1m;
    add_header X-Cache $upstream_cache_status always;
"""
BADLY_SET = "proxy_ignore_headers Cache-Control Expires;"
WAYS: Mapping[str, Callable[[str], dict[str, str]]] = {
    "token": lambda token: {"authorization": f"Bearer {token}"},
    "cookie": lambda token: {"cookie": f"__Host-getme_access={token}"},
}


@contextmanager
def cached(targets: Targets, directory: Path, more: str = "") -> Iterator[httpx.Client]:
    """Asks the gateway through a cache. more: directives besides."""
    directives = KEEPS.format(directory=directory / "answers") + more
    with (
        nginx(directory, targets("HS256").gateway.address, directives) as address,
        httpx.Client(base_url=f"http://{address}", trust_env=False) as http,
    ):
        yield http


def proofs_of_all(way: str) -> Iterator[tuple[str, dict[str, str]]]:
    """User IDs, again and again, each with the headers that prove it."""
    people = [(str(person.user_id), token_for(person.user_id)) for person in (ADA, CREATOR)]
    for user_id, token in people * 3:
        yield user_id, WAYS[way](token)


@pytest.mark.parametrize("way", WAYS)
def test_each_is_told_who_they_are_themselves(targets: Targets, tmp_path: Path, way: str) -> None:
    with cached(targets, tmp_path) as http:
        for user_id, proof in proofs_of_all(way):
            assert http.get(ME).status_code == 401
            answer = http.get(ME, headers=proof)
            assert (answer.json()["userId"], answer.headers["x-cache"]) == (user_id, "MISS")


@pytest.mark.parametrize("way", WAYS)
def test_a_cache_that_keeps_what_is_private_keeps_it_apart(
    targets: Targets, tmp_path: Path, way: str
) -> None:
    with cached(targets, tmp_path, BADLY_SET) as http:
        states = []
        for user_id, proof in proofs_of_all(way):
            answer = http.get(ME, headers=proof)
            assert answer.json()["userId"] == user_id
            states.append(answer.headers["x-cache"])
    assert states[-1] == "HIT"  # it does keep them


def test_what_is_public_may_be_kept_and_nothing_else(targets: Targets, tmp_path: Path) -> None:
    (_, proof), *_ = proofs_of_all("token")
    with cached(targets, tmp_path) as http:
        for path in PUBLIC:
            first, again = http.get(path, headers=proof), http.get(path)
            assert (first.status_code, again.content) == (200, first.content)
            assert (first.headers["x-cache"], again.headers["x-cache"]) == ("MISS", "HIT")
            unchanged = http.get(path, headers={"if-none-match": first.headers["etag"]})
            assert (unchanged.status_code, unchanged.headers["x-cache"]) == (304, "HIT")
        for path in OF_EACH * 2:
            assert http.get(path, headers=proof).headers["x-cache"] == "MISS"
