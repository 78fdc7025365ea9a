"""How the fields of messages are spelt in JSON.

`columns` follows the protos' json_name (the columns of KillrVideo's tables), `camel` follows
what KillrVideo's own backend answers and its web front end reads. Requests may use either
spelling in both modes.
"""

from enum import StrEnum

from google.protobuf.descriptor import FieldDescriptor

# Two words that the columns write as one; camelCase cannot be derived from their names.
_CAMEL_WORDS = {"firstname": "firstName", "lastname": "lastName"}


class JsonNames(StrEnum):
    """Which spelling answers use."""

    COLUMNS = "columns"
    CAMEL = "camel"


def key_of(field: FieldDescriptor, names: JsonNames) -> str:
    """The key that stands for field in an answer."""
    return _camel(field) if names is JsonNames.CAMEL else field.json_name


def spellings_of(field: FieldDescriptor) -> frozenset[str]:
    """The keys under which a request may give field."""
    return frozenset({field.name, field.json_name, _camel(field)})


def _camel(field: FieldDescriptor) -> str:
    # Not field.camelcase_name: it is json_name wherever the proto states one.
    first, *others = field.name.split("_")
    return _CAMEL_WORDS.get(field.name) or first + "".join(word.capitalize() for word in others)
