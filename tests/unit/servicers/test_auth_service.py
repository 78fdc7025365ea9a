"""Public keys as messages: nothing but public members gets out."""

from collections.abc import Mapping
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict

from getme.v1.auth_service_pb2 import GetPublicKeysRequest
from getme_server.servicers.auth_service import PUBLIC_MEMBERS, AuthService
from tests.unit.gateway.public_keys_in_test import PRIVATE_MEMBERS, PUBLIC_KEYS, members_of

NO_CALL: Any = None  # the answer does not depend on who calls


def answer_of(*keys: Mapping[str, str]) -> dict[str, object]:
    service = AuthService(lambda: keys)  # type: ignore[abstract]  # in the stubs only
    response = service.GetPublicKeys(GetPublicKeysRequest(), NO_CALL)
    parsed = type(response).FromString(response.SerializeToString())
    answer: dict[str, object] = MessageToDict(parsed)
    return answer


@pytest.mark.parametrize("key", PUBLIC_KEYS, ids=lambda key: key["kty"])
def test_a_public_key_comes_out_as_it_is(key: dict[str, str]) -> None:
    assert answer_of(key) == {"keys": [key]}


def test_all_keys_are_answered_in_their_order() -> None:
    assert answer_of(*PUBLIC_KEYS) == {"keys": list(PUBLIC_KEYS)}


def test_no_keys_are_an_empty_list() -> None:
    assert answer_of() == {}


@pytest.mark.parametrize("key", PUBLIC_KEYS, ids=lambda key: key["kty"])
def test_a_private_member_never_passes(key: dict[str, str]) -> None:
    private = dict.fromkeys([*PRIVATE_MEMBERS, "x5c", "key_ops", "priv", "D"], "secret")
    answer = answer_of(key | private)
    assert answer == {"keys": [key]}
    assert "secret" not in str(answer)
    assert not set(members_of(answer)) & PRIVATE_MEMBERS


def test_what_may_be_shown_has_no_private_member() -> None:
    assert not set(PUBLIC_MEMBERS) & PRIVATE_MEMBERS


def test_keys_are_asked_for_at_each_call() -> None:
    current: list[Mapping[str, str]] = []
    service = AuthService(lambda: current)  # type: ignore[abstract]  # in the stubs only
    assert not service.GetPublicKeys(GetPublicKeysRequest(), NO_CALL).keys
    current.append(PUBLIC_KEYS[0])
    assert len(service.GetPublicKeys(GetPublicKeysRequest(), NO_CALL).keys) == 1
