"""Reads requests and writes answers inside the interceptors, where a fault has a reason.

grpcio would do both outside: it parses the bytes of callers without a token, and answers a bare
INTERNAL, unseen by log and metrics, where parsing or writing fails.
"""

from collections.abc import Callable

from google.protobuf.message import DecodeError, Message
from protovalidate import ValidationError, Validator
from protovalidate import ViolationPb as Violation

from getme_server.errors import InvalidField


class Codec:
    """Bytes to validated requests and answers to bytes, for one method."""

    def __init__(
        self,
        validator: Validator,
        parse: Callable[[bytes], Message],
        serialize: Callable[[Message], bytes],
    ) -> None:
        self._validator = validator
        self._parse = parse
        self._serialize = serialize

    def read(self, request: bytes) -> Message:
        """The request, by the rules of its proto. Raises InvalidField."""
        try:
            message = self._parse(request)
        except DecodeError:
            raise InvalidField({"request": "is not a message of the expected type"}) from None
        try:
            self._validator.validate(message)
        except ValidationError as invalid:
            raise InvalidField(_violations(invalid)) from None
        return message

    def write(self, answer: Message | None) -> bytes | None:
        """The answer's bytes; None, which ends a stream, stays None."""
        return None if answer is None else self._serialize(answer)


def _violations(invalid: ValidationError) -> dict[str, str]:
    """Field name to what would be right, without the caller's value."""
    return {_path(violation.proto): violation.proto.message for violation in invalid.violations}


def _path(violation: Violation) -> str:
    elements = violation.field.elements if violation.field else ()
    return ".".join(element.field_name for element in elements) or "request"
