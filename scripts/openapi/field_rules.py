"""What a field of a request may hold, as JSON Schema: `buf.validate` rules and the accounts' own.

A limit in bytes becomes one in characters: what is longer in characters is refused for certain.
"""

from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from getme_server.accounts import email_address, person_name
from getme_server.passwords import rules as password_rules
from scripts.openapi.validation_rules import ValidationRules

Schema = dict[str, Any]

# Something to see, and none of the characters that `person_name` refuses. (What is blank although
# Unicode counts it among letters it refuses too; a pattern of that would serve nobody.)
_NAME_PATTERN = (
    r"^(?=.*\S)[^\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]*$"
)
_NAME: Schema = {
    "minLength": 1,
    "maxLength": person_name.MAX_CHARACTERS,
    "pattern": _NAME_PATTERN,
}
_NEW_PASSWORD: Schema = {
    "minLength": password_rules.MIN_CHARACTERS,
    "maxLength": password_rules.MAX_CHARACTERS,
}
# What the server's rules of accounts ask for beyond the annotations.
_OF_ACCOUNTS: dict[str, Schema] = {
    "getme.v1.RegisterRequest.firstname": _NAME,
    "getme.v1.RegisterRequest.lastname": _NAME,
    "getme.v1.RegisterRequest.email": {
        "format": "idn-email",
        "maxLength": email_address.MAX_CHARACTERS,
    },
    "getme.v1.RegisterRequest.password": _NEW_PASSWORD,
    "getme.v1.ChangePasswordRequest.new_password": _NEW_PASSWORD,
    "getme.v1.UpdateMeRequest.firstname": _NAME,
    "getme.v1.UpdateMeRequest.lastname": _NAME,
}
# Protobuf JSON; the digits are as many as `times.read_duration` is sure to take.
DURATION_PATTERN = r"^[0-9]{1,11}(\.[0-9]{1,9})?s$"


def limits_of(field: FieldDescriptor, rules: ValidationRules) -> Schema:
    """Keywords beside `type`, for the list where field is repeated."""
    of_field = rules.of_field(field)
    if not field.is_repeated:
        return _string_limits(field, of_field.string) | _OF_ACCOUNTS.get(field.full_name, {})
    limits: Schema = {}
    if of_field.repeated.HasField("min_items"):
        limits["minItems"] = of_field.repeated.min_items
    if of_field.repeated.HasField("max_items"):
        limits["maxItems"] = of_field.repeated.max_items
    return limits


def item_limits_of(field: FieldDescriptor, rules: ValidationRules) -> Schema:
    """Keywords of each item of a repeated field."""
    return _string_limits(field, rules.of_field(field).repeated.items.string)


def is_required(field: FieldDescriptor, rules: ValidationRules) -> bool:
    """Whether a request without the field is refused."""
    of_field = rules.of_field(field)
    if field.has_presence:
        return bool(of_field.required)
    text = of_field.string
    return bool(text.min_len or text.uuid or _allowed(text) or of_field.repeated.min_items)


def _string_limits(field: FieldDescriptor, text: Any) -> Schema:
    limits: Schema = {}
    if text.uuid:
        limits["format"] = "uuid"
    elif field.name.endswith("password"):
        limits["format"] = "password"
    if text.HasField("min_len"):
        limits["minLength"] = text.min_len
    if text.HasField("max_bytes"):
        limits["maxLength"] = text.max_bytes
    if allowed := _allowed(text):
        limits["enum"] = allowed
    return limits


def _allowed(text: Any) -> list[str]:
    return list(getattr(text, "in"))  # a word of Python
