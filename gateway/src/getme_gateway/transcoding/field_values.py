"""One value of a request for one field: from text (path, query) or JSON, and into the message.

Strict where protobuf JSON is lax only in spelling: `1` for a string is refused, `"1"` for an
integer is taken, as the standard says (https://protobuf.dev/programming-guides/json/).
"""

import math
import re
from base64 import b64decode
from collections.abc import Callable
from typing import Any, cast

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor

from getme_gateway.transcoding.times import read_duration, read_timestamp

Convert = Callable[[Any], Any]


class Misfit(Exception):
    """A value that its field cannot hold; the text says, to the caller, what would fit."""


_INTEGER = re.compile(r"-?\d{1,20}", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,40}(\.\d{1,40})?([eE][+-]?\d{1,3})?", re.ASCII)
_BITS = {
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, 2**64 - 1),
}
_FLOATING = {FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT}
_MAX_FLOAT = 3.4028234663852886e38  # the largest 32-bit float; protobuf would make it infinite
_WRITTEN_AS_TEXT = {
    "google.protobuf.Duration": read_duration,
    "google.protobuf.Timestamp": read_timestamp,
}


def json_converter(field: FieldDescriptor) -> Convert | None:
    """What reads one JSON value for field; it raises Misfit.

    None where field is a message with fields of its own.
    """
    if field.message_type is not None:
        read = _WRITTEN_AS_TEXT.get(field.message_type.full_name)
        return _written_as_text(read) if read else None
    if field.enum_type is not None:
        return _enum(field.enum_type)
    if field.cpp_type in _BITS:
        return _integer(*_BITS[field.cpp_type])
    if field.cpp_type in _FLOATING:
        return _single if field.cpp_type == FieldDescriptor.CPPTYPE_FLOAT else _double
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return _boolean
    return _bytes if field.type == FieldDescriptor.TYPE_BYTES else _text


def text_converter(field: FieldDescriptor) -> Convert | None:
    """The same for a value in a path or a query, where everything is text."""
    convert = json_converter(field)
    if field.cpp_type != FieldDescriptor.CPPTYPE_BOOL:
        return convert
    return lambda text: _boolean({"true": True, "false": False}.get(text))


def set_field(message: Any, field: FieldDescriptor, value: Any) -> None:
    """Sets field to a converted value, or adds it where field is repeated.

    value: as a converter makes it; seconds and nanoseconds for times and durations.
    """
    if field.message_type is None:
        if field.is_repeated:
            getattr(message, field.name).append(value)
        else:
            setattr(message, field.name, value)
        return
    target = getattr(message, field.name)
    if field.is_repeated:
        target = target.add()
    target.seconds, target.nanos = value
    target.SetInParent()  # zero is not the same as absent


def _written_as_text(read: Callable[[str], Any]) -> Convert:
    def convert(value: object) -> Any:
        try:
            return read(_text(value))
        except ValueError as fault:
            raise Misfit(str(fault)) from None

    return convert


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Misfit("must be a string")
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        raise Misfit("must be a string of Unicode characters") from None
    return value


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise Misfit("must be true or false")
    return value


def _integer(least: int, most: int) -> Convert:
    def convert(value: object) -> int:
        is_text = isinstance(value, str) and _INTEGER.fullmatch(value)
        if is_text or (isinstance(value, float) and value.is_integer()):
            value = int(cast("str | float", value))
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise Misfit(f"must be a whole number from {least} to {most}")
        return value

    return convert


def _double(value: object) -> float:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = float(value)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise Misfit("must be a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise Misfit("must be a finite number")
    return number


def _single(value: object) -> float:
    number = _double(value)
    if abs(number) > _MAX_FLOAT:
        raise Misfit("must be a 32-bit floating-point number")
    return number


def _bytes(value: object) -> bytes:
    try:
        return b64decode(_text(value), validate=True)
    except ValueError:
        raise Misfit("must be a string in base64") from None


def _enum(enum: EnumDescriptor) -> Convert:
    names = ", ".join(enum.values_by_name)

    def convert(value: object) -> int:
        if isinstance(value, str) and value in enum.values_by_name:
            return enum.values_by_name[value].number
        raise Misfit(f"must be one of {names}")

    return convert
