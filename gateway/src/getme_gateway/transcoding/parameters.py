"""Values from the path and the query of a request target, for the fields of a message."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from google.protobuf.descriptor import FieldDescriptor

from getme_gateway.refusals import InvalidField
from getme_gateway.transcoding.errors import ContractError
from getme_gateway.transcoding.field_values import Misfit, set_field, text_converter
from getme_gateway.transcoding.json_names import spellings_of

MAX_PARAMETERS = 100  # a longer query is refused before it is taken apart


class Parameter:
    """A field that a path or a query fills. Raises ContractError for a message with fields."""

    def __init__(self, field: FieldDescriptor) -> None:
        convert = text_converter(field)
        if convert is None:
            raise ContractError(f"{field.full_name}: a message cannot stand in a path or query")
        self.name = field.name
        self.spellings = spellings_of(field)
        self._field = field
        self._convert = convert

    def fill(self, message: Any, values: list[str], errors: dict[str, str]) -> None:
        """Sets the field; what does not fit is told in errors, by the field's name.

        values: all that were given. `?ids=a,b` and `?ids=a&ids=b` mean the same.
        """
        if self._field.is_repeated:
            values = [part for value in values for part in value.split(",") if part]
        elif len(values) > 1:
            errors[self.name] = "must be given once"
            return
        try:
            for value in values:
                set_field(message, self._field, self._convert(value))
        except Misfit as fault:
            errors[self.name] = str(fault)


class Query:
    """The parameters that a query may have; others are ignored."""

    def __init__(self, fields: Iterable[FieldDescriptor]) -> None:
        parameters = [Parameter(field) for field in fields]
        self._by_spelling = {name: each for each in parameters for name in each.spellings}

    def fill(self, message: Any, query: bytes, errors: dict[str, str]) -> None:
        """Sets the fields that query names. Raises InvalidField, naming `query`."""
        given: dict[Parameter, list[str]] = {}
        for name, value in pairs_of(query):
            if parameter := self._by_spelling.get(name):
                given.setdefault(parameter, []).append(value)
        for parameter, values in given.items():
            parameter.fill(message, values, errors)


def pairs_of(query: bytes) -> list[tuple[str, str]]:
    """The names and values in a query, in its order. Raises InvalidField, naming `query`."""
    try:
        return parse_qsl(
            query.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MAX_PARAMETERS,
        )
    except ValueError:  # not ASCII, not UTF-8 within the escapes, or too many
        raise InvalidField(
            {"query": f"must be at most {MAX_PARAMETERS} parameters in percent-encoded UTF-8"}
        ) from None
