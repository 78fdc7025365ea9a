"""Messages as JSON Schema: of answers as `json_encoding` writes them, of requests as they are read.

Answers: every member is there but those that the encoder leaves out. Requests: other members are
ignored, so no schema forbids any, and null is absence, so that a member which may be absent may be
null.
"""

from collections.abc import Collection
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from getme_gateway.rpc_call import NOT_FROM_CONTENT
from getme_gateway.transcoding.annotations import RpcRoute
from getme_gateway.transcoding.json_names import JsonNames, key_of
from getme_gateway.write_endpoint import SIGN_IN
from scripts.openapi.contract import Json, Spelling
from scripts.openapi.field_rules import (
    DURATION_PATTERN,
    is_required,
    item_limits_of,
    limits_of,
)
from scripts.openapi.sample_values import SAMPLES

_TIMESTAMP = "google.protobuf.Timestamp"
_TEXTS: dict[str, Json] = {
    _TIMESTAMP: {"type": "string", "format": "date-time"},
    "google.protobuf.Duration": {"type": "string", "pattern": DURATION_PATTERN},
}
_SCALARS: dict[int, Json] = {
    FieldDescriptor.CPPTYPE_BOOL: {"type": "boolean"},
    FieldDescriptor.CPPTYPE_INT32: {"type": "integer", "format": "int32"},
    FieldDescriptor.CPPTYPE_STRING: {"type": "string"},
}
# Words of the comments that say what the types cannot.
_ALWAYS = "always set"
_MAY_BE_ABSENT = "absent"
_UUID = "Canonical lower-case UUID"


class Schemas:
    """Makes schemas. components: those that were made so far, by name."""

    def __init__(self, spelling: Spelling) -> None:
        self.components: Json = {}
        self._comments = spelling.contract.comments
        self._rules = spelling.contract.rules
        self._names = spelling.names

    def answer(
        self,
        message: Descriptor,
        *,
        without: Collection[str] = (),
        optional: Collection[str] = (),
        name: str = "",
    ) -> Json:
        """A reference to an answer's schema.

        without: names of fields that it does not have. optional: of those that it may lack,
        although over gRPC they are always set.
        """
        name = name or message.name
        if name not in self.components:
            self.components[name] = {}  # before its fields: it may contain its own type
            fields = [field for field in message.fields if field.name not in without]
            always = [f for f in fields if f.name not in optional and self._is_always_there(f)]
            self.components[name] = {
                "type": "object",
                "description": self._about(message),
                "required": [key_of(field, self._names) for field in always],
                "properties": {
                    key_of(f, self._names): self.member(f, optional=f.name in optional)
                    for f in fields
                },
            }
        return {"$ref": f"#/components/schemas/{name}"}

    def member(self, field: FieldDescriptor, *, optional: bool = False) -> Json:
        """One member of an answer. optional: as of `answer`."""
        comment = self._comments.get(field.full_name, "")
        if optional:
            comment = comment.replace(f"; {_ALWAYS}", "")
        schema = self._answer_value(field)
        if "$ref" in schema and not field.is_repeated:
            return schema | {"description": comment}
        if _UUID in comment:
            schema |= {"format": "uuid"}
        if field.is_repeated:
            schema = {"type": "array", "items": schema}
        elif field.message_type is not None and _MAY_BE_ABSENT in comment:
            schema |= {"type": [schema["type"], "null"]}
            comment = comment.replace(_MAY_BE_ABSENT, "null")
        return _described(field, schema, comment)

    def request(self, route: RpcRoute) -> Json:
        """A reference to the schema of a route's body."""
        message = route.rpc.input_type
        taken = {*route.template.fields, *NOT_FROM_CONTENT}
        fields = [field for field in message.fields if field.name not in taken]
        required = [self.request_key(f) for f in fields if is_required(f, self._rules)]
        schema: Json = {
            "type": "object",
            "description": self._about(message),
            "required": required,
            "properties": {self.request_key(field): self._given(field) for field in fields},
        }
        if choices := self._choices(message):
            schema["oneOf"] = choices
        self.components[message.name] = schema
        return {"$ref": f"#/components/schemas/{message.name}"}

    def parameter_schema(self, field: FieldDescriptor) -> Json:
        """The schema of a path or query parameter."""
        return _described(field, self._request_value(field) | limits_of(field, self._rules), "")

    def request_key(self, field: FieldDescriptor) -> str:
        """The spelling under which a document names a field of a request."""
        return key_of(field, self._names) if self._names is JsonNames.CAMEL else field.name

    def _about(self, message: Descriptor) -> str:
        """The message's comment without the name that it begins with."""
        words = self._comments.get(message.full_name, "").removeprefix(f"{message.name} ")
        return words[:1].upper() + words[1:]

    def _given(self, field: FieldDescriptor) -> Json:
        schema = self._request_value(field) | limits_of(field, self._rules)
        if not is_required(field, self._rules):
            schema |= {"type": [schema["type"], "null"]}
        if field.name == SIGN_IN and self._names is JsonNames.CAMEL:
            schema |= {"default": True}  # as the gateway's wiring has it
        return _described(field, schema, self._comments.get(field.full_name, ""))

    def _is_choice(self, field: FieldDescriptor) -> bool:
        """Whether it is one of several of which one must be given."""
        oneof = field.containing_oneof
        return oneof is not None and self._rules.is_required(oneof)

    def _choices(self, message: Descriptor) -> list[Json]:
        choices = [field for field in message.fields if self._is_choice(field)]
        return [
            {
                "required": [self.request_key(chosen)],
                "properties": {
                    self.request_key(field): {
                        "type": self._plain_value(field)["type"] if field is chosen else "null"
                    }
                    for field in choices
                },
            }
            for chosen in choices
        ]

    def _request_value(self, field: FieldDescriptor) -> Json:
        schema = self._plain_value(field)
        if field.is_repeated:
            return {"type": "array", "items": schema | item_limits_of(field, self._rules)}
        return schema

    def _answer_value(self, field: FieldDescriptor) -> Json:
        message = field.message_type
        if message is not None and message.full_name not in _TEXTS:
            return self.answer(message)
        return self._plain_value(field)

    @staticmethod
    def _plain_value(field: FieldDescriptor) -> Json:
        message = field.message_type
        return dict(_SCALARS[field.cpp_type] if message is None else _TEXTS[message.full_name])

    def _is_always_there(self, field: FieldDescriptor) -> bool:
        if not field.has_presence:
            return True
        message: Any = field.message_type
        if message is None:
            return False
        comment = self._comments.get(field.full_name, "")
        return message.full_name in _TEXTS or _ALWAYS in comment


def _described(field: FieldDescriptor, schema: Json, comment: str) -> Json:
    if comment:
        schema = schema | {"description": comment}
    if field.name in SAMPLES:
        schema = schema | {"examples": [SAMPLES[field.name]]}
    return schema
