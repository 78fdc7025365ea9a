"""Answers have the keys that browsers were promised, in order, whatever is set.

Only what the proto calls `optional`, and messages with fields of their own, may be missing.
"""

import math
from typing import Any

import orjson
import pytest
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.timestamp_pb2 import Timestamp

from getme.v1 import auth_service_pb2, user_pb2
from getme_gateway.transcoding.errors import ContractError
from getme_gateway.transcoding.json_encoding import message_encoder
from getme_gateway.transcoding.json_names import JsonNames
from getme_gateway.transcoding.times import timestamp_text
from tests.unit.gateway.contract_in_test import thing
from tests.unit.gateway.public_keys_in_test import (
    PRIVATE_MEMBERS,
    PUBLIC_KEYS,
    PUBLIC_MEMBERS,
    members_of,
)

COLUMNS = {
    "User": "userId firstname lastname email account_status created_date last_login_date",
    "PublicUser": "userId firstname lastname account_status created_date",
}
CAMEL = {
    "User": "userId firstName lastName email accountStatus createdDate lastLoginDate",
    "PublicUser": "userId firstName lastName accountStatus createdDate",
}


@pytest.mark.parametrize("names", JsonNames)
@pytest.mark.parametrize("message", ["User", "PublicUser"])
def test_a_user_has_exactly_the_promised_keys_even_when_empty(
    message: str, names: JsonNames
) -> None:
    kind = user_pb2.DESCRIPTOR.message_types_by_name[message]
    value = message_encoder(kind, names)(GetMessageClass(kind)())
    assert " ".join(value) == (CAMEL if names is JsonNames.CAMEL else COLUMNS)[message]
    dates = {key for key in value if "date" in key.lower()}
    assert {key: value[key] for key in value} == {
        key: None if key in dates else "" for key in value
    }


@pytest.mark.parametrize(
    ("seconds", "nanos", "text"),
    [
        pytest.param(1761906600, 0, "2025-10-31T10:30:00Z", id="whole second"),
        pytest.param(1761906600, 500_000_000, "2025-10-31T10:30:00.500Z", id="milliseconds"),
        pytest.param(1761906600, 1_000, "2025-10-31T10:30:00.000001Z", id="microseconds"),
        pytest.param(1761906600, 1, "2025-10-31T10:30:00.000000001Z", id="nanoseconds"),
        pytest.param(-62135596800, 0, "0001-01-01T00:00:00Z", id="first"),
        pytest.param(253402300799, 999_999_999, "9999-12-31T23:59:59.999999999Z", id="last"),
        pytest.param(-1, 0, "1969-12-31T23:59:59Z", id="before 1970"),
    ],
)
def test_a_timestamp_is_spelt_as_protobuf_json_spells_it(
    seconds: int, nanos: int, text: str
) -> None:
    value = Timestamp(seconds=seconds, nanos=nanos)
    assert timestamp_text(value) == text == value.ToJsonString()


@pytest.mark.parametrize(
    ("fields", "key", "value"),
    [
        pytest.param({"total": 2**60}, "total", str(2**60), id="64 bits as text"),
        pytest.param({"count": 7}, "count", 7, id="32 bits as number"),
        pytest.param({"is_open": True}, "isOpen", True, id="boolean"),
        pytest.param({"data": b"\x00\xff"}, "data", "AP8=", id="bytes"),
        pytest.param({"kind": 1}, "kind", "KIND_BIG", id="enum"),
        pytest.param({"kind": 9}, "kind", 9, id="enum value of a newer server"),
        pytest.param({"ratio": 0.5}, "ratio", 0.5, id="double"),
        pytest.param({"ratio": math.inf}, "ratio", "Infinity", id="infinite"),
        pytest.param({"ratio": math.nan}, "ratio", "NaN", id="not a number"),
        pytest.param({"wait": {"nanos": -(10**8)}}, "wait", "-0.100s", id="duration"),
        pytest.param({"ids": ["a", "b"]}, "ids", ["a", "b"], id="list of strings"),
        pytest.param({"sizes": [1]}, "sizes", ["1"], id="list of 64 bits"),
        pytest.param({"parts": [{"text": "x"}]}, "parts", [{"text": "x"}], id="list of messages"),
        pytest.param({"inner": {}}, "inner", {"text": ""}, id="message"),
        pytest.param({}, "wait", None, id="absent duration"),
        pytest.param({}, "seenAt", None, id="absent moment"),
        pytest.param({"note": ""}, "note", "", id="empty optional"),
        pytest.param({}, "ids", [], id="empty list"),
    ],
)  # fmt: skip
def test_a_field_of_each_kind_has_its_json(fields: dict[str, Any], key: str, value: object) -> None:
    encoded = message_encoder(thing(), JsonNames.COLUMNS)(GetMessageClass(thing())(**fields))
    assert orjson.loads(orjson.dumps(encoded))[key] == value


@pytest.mark.parametrize("names", JsonNames)
def test_an_absent_optional_field_or_message_has_no_key(names: JsonNames) -> None:
    encoded = message_encoder(thing(), names)(GetMessageClass(thing())())
    assert "note" not in encoded
    assert "inner" not in encoded


@pytest.mark.parametrize("names", JsonNames)
@pytest.mark.parametrize("key", PUBLIC_KEYS, ids=lambda key: key["kty"])
def test_a_json_web_key_has_its_members_and_no_others(
    key: dict[str, str], names: JsonNames
) -> None:
    response = auth_service_pb2.GetPublicKeysResponse(keys=[auth_service_pb2.JsonWebKey(**key)])
    assert message_encoder(response.DESCRIPTOR, names)(response) == {"keys": [key]}


@pytest.mark.parametrize("names", JsonNames)
def test_the_contract_has_no_place_for_a_private_member_of_a_key(names: JsonNames) -> None:
    fields = auth_service_pb2.JsonWebKey.DESCRIPTOR.fields_by_name
    key = auth_service_pb2.JsonWebKey(**dict.fromkeys(fields, "set"))
    response = auth_service_pb2.GetPublicKeysResponse(keys=[key])
    members = set(members_of(message_encoder(response.DESCRIPTOR, names)(response)))
    assert members == {"keys", *PUBLIC_MEMBERS}
    assert not members & PRIVATE_MEMBERS


def test_a_message_without_a_json_form_stops_the_start() -> None:
    with pytest.raises(ContractError, match=r"google\.protobuf\.Timestamp"):
        message_encoder(Timestamp.DESCRIPTOR, JsonNames.COLUMNS)
