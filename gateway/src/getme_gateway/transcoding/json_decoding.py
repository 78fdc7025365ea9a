"""JSON objects into protobuf messages: a decoder per message type, compiled once at start.

Names that the message does not have are ignored, never applied; null is absence
(https://protobuf.dev/programming-guides/json/). What is not needed yet (maps, Struct, Any) is
refused at start.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from getme_gateway.transcoding.errors import ContractError
from getme_gateway.transcoding.field_values import Misfit, json_converter, set_field
from getme_gateway.transcoding.json_names import spellings_of

# message, value, where it stands in the body, messages by place for what does not fit
_Fill = Callable[[Any, Any, str, dict[str, str]], None]


class JsonDecoder:
    """Fills messages of one type. without: names of fields that the body must not set."""

    def __init__(
        self,
        message: Descriptor,
        *,
        without: Iterable[str] = (),
        compiled: dict[str, "JsonDecoder"] | None = None,
    ) -> None:
        if message.full_name.startswith("google.protobuf.") or message.GetOptions().map_entry:
            raise ContractError(f"{message.full_name} cannot be read from JSON by this gateway")
        compiled = {} if compiled is None else compiled
        if not without:
            compiled[message.full_name] = self  # before its fields: it may contain its own type
        self._fills: dict[str, tuple[str, str, _Fill]] = {}  # by key: name, choice, fill
        for field in message.fields:
            if field.name not in without:
                fill = _fill_of(field, compiled)
                # One field of a oneof may be given; an optional field is a choice of its own.
                choice = field.containing_oneof.name if field.containing_oneof else field.name
                self._fills |= dict.fromkeys(spellings_of(field), (field.name, choice, fill))

    def fill(
        self, message: Any, members: Mapping[str, Any], errors: dict[str, str], place: str = ""
    ) -> None:
        """Sets the fields that members names; what does not fit is told in errors, by its place."""
        seen: set[str] = set()
        chosen: set[str] = set()
        for key, value in members.items():
            if key not in self._fills:
                continue
            name, choice, fill = self._fills[key]
            if name in seen:
                errors[place + name] = "must be given once, in one spelling"
            elif value is not None and choice in chosen:
                errors[place + name] = "must not be given beside another that says the same"
            elif value is not None:
                fill(message, value, place + name, errors)
                chosen.add(choice)
            seen.add(name)


def _fill_of(field: FieldDescriptor, compiled: dict[str, JsonDecoder]) -> _Fill:
    fill = _scalar(field) or _submessage(field, compiled)
    if not field.is_repeated:
        return fill

    def fill_all(message: Any, value: Any, place: str, errors: dict[str, str]) -> None:
        if not isinstance(value, list):
            errors[place] = "must be a list"
            return
        for position, item in enumerate(value):
            fill(message, item, f"{place}[{position}]", errors)

    return fill_all


def _scalar(field: FieldDescriptor) -> _Fill | None:
    convert = json_converter(field)
    if convert is None:
        return None

    def fill(message: Any, value: Any, place: str, errors: dict[str, str]) -> None:
        try:
            set_field(message, field, convert(value))
        except Misfit as fault:
            errors[place] = str(fault)

    return fill


def _submessage(field: FieldDescriptor, compiled: dict[str, JsonDecoder]) -> _Fill:
    kind = field.message_type
    assert kind is not None  # noqa: S101  # narrows the type
    decoder = compiled.get(kind.full_name) or JsonDecoder(kind, compiled=compiled)

    def fill(message: Any, value: Any, place: str, errors: dict[str, str]) -> None:
        if not isinstance(value, dict):
            errors[place] = "must be an object"
            return
        inner = getattr(message, field.name)
        if field.is_repeated:
            inner = inner.add()
        else:
            inner.SetInParent()
        decoder.fill(inner, value, errors, f"{place}.")

    return fill
