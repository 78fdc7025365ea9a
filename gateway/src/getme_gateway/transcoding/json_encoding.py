"""Protobuf messages as JSON values: a reader per message type, compiled once at start.

Unlike protobuf's json_format, every single value is always there: an empty string is "", a moment
that never was is null, so that a browser finds the keys it was promised. Left out where they are
absent are what the proto calls `optional`, as the members of a JSON Web Key must be (RFC 7517
section 4), and messages with fields of their own, which promise nothing as long as they are not
there. What is not needed yet (maps, wrappers, Struct, Any) is refused at start.
"""

import math
from base64 import b64encode
from collections.abc import Callable
from operator import attrgetter
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from getme_gateway.transcoding.errors import ContractError
from getme_gateway.transcoding.json_names import JsonNames, key_of
from getme_gateway.transcoding.times import duration_text, timestamp_text

Encode = Callable[[Any], Any]

_TEXTS: dict[str, Encode] = {
    "google.protobuf.Timestamp": timestamp_text,
    "google.protobuf.Duration": duration_text,
}
_64_BIT = {FieldDescriptor.CPPTYPE_INT64, FieldDescriptor.CPPTYPE_UINT64}
_FLOATING = {FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT}


def message_encoder(message: Descriptor, names: JsonNames) -> Callable[[Message], dict[str, Any]]:
    """What turns a message of that type into a dict for orjson. Raises ContractError."""
    return _message_encoder(message, names, {})


def field_encoder(field: FieldDescriptor, names: JsonNames) -> Callable[[Message], Any]:
    """What reads one field of a message as a JSON value. Raises ContractError."""
    return _reader(field, names, {})


def _message_encoder(
    message: Descriptor, names: JsonNames, compiled: dict[str, Encode]
) -> Callable[[Message], dict[str, Any]]:
    if message.full_name.startswith("google.protobuf.") and message.fields:
        raise ContractError(f"{message.full_name} has no JSON form in this gateway")
    readers: list[tuple[str, Callable[[Message], Any], str]] = []

    def encode(value: Message) -> dict[str, Any]:
        return {
            key: read(value)
            for key, read, may_be_absent in readers
            if not may_be_absent or value.HasField(may_be_absent)
        }

    compiled[message.full_name] = encode  # before its fields: a message may contain its own type
    readers.extend(
        (key_of(field, names), _reader(field, names, compiled), _name_if_left_out(field))
        for field in message.fields
    )
    return encode


def _name_if_left_out(field: FieldDescriptor) -> str:
    """The name of a field that is left out where it is absent, empty for all others."""
    kind = field.message_type
    is_text = kind is not None and kind.full_name in _TEXTS
    return field.name if field.has_presence and not is_text else ""


def _reader(
    field: FieldDescriptor, names: JsonNames, compiled: dict[str, Encode]
) -> Callable[[Message], Any]:
    name = field.name
    get: Callable[[Message], Any] = attrgetter(name)
    convert = _converter(field, names, compiled)
    if field.is_repeated:
        return (lambda m: list(get(m))) if convert is None else lambda m: [*map(convert, get(m))]
    if field.has_presence:
        value = get if convert is None else lambda m: convert(get(m))
        return lambda m: value(m) if m.HasField(name) else None
    return get if convert is None else lambda m: convert(get(m))


def _converter(
    field: FieldDescriptor, names: JsonNames, compiled: dict[str, Encode]
) -> Encode | None:
    """What turns one value into JSON, None where it is JSON already."""
    message = field.message_type
    if message is not None:
        if _is_map_entry(message):
            raise ContractError(f"{field.full_name}: maps have no JSON form in this gateway")
        known = _TEXTS.get(message.full_name) or compiled.get(message.full_name)
        return known or _message_encoder(message, names, compiled)
    if field.enum_type is not None:
        named = {number: value.name for number, value in field.enum_type.values_by_number.items()}
        return lambda number: named.get(number, number)
    if field.cpp_type in _64_BIT:
        return str  # JavaScript's numbers end at 2**53
    if field.cpp_type in _FLOATING:
        return _floating
    return _base64 if field.type == FieldDescriptor.TYPE_BYTES else None


def _is_map_entry(message: Descriptor) -> bool:
    return bool(message.GetOptions().map_entry)


def _base64(value: bytes) -> str:
    return b64encode(value).decode()


def _floating(value: float) -> float | str:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
