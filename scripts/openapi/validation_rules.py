"""The `buf.validate` rules of fields, read with the descriptors of the rules themselves.

No Python package of ours has them: the server's validator reads the bytes in the options.
"""

from typing import Any

from google.protobuf.descriptor import FieldDescriptor, OneofDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass


class ValidationRules:
    """Reads rules. files: compiled, with `buf/validate/validate.proto` and all that it imports."""

    def __init__(self, files: FileDescriptorSet) -> None:
        pool = DescriptorPool()
        for file in files.file:
            pool.Add(file)
        self._of_field = _Reader(pool, "FieldOptions", "buf.validate.field")
        self._of_oneof = _Reader(pool, "OneofOptions", "buf.validate.oneof")

    def of_field(self, field: FieldDescriptor) -> Any:
        """A `buf.validate.FieldRules`, empty where there are none."""
        return self._of_field.read(field.GetOptions())

    def is_required(self, oneof: OneofDescriptor) -> bool:
        """Whether one field of it must be given."""
        return bool(self._of_oneof.read(oneof.GetOptions()).required)


class _Reader:
    def __init__(self, pool: DescriptorPool, options: str, extension: str) -> None:
        self._options = GetMessageClass(pool.FindMessageTypeByName(f"google.protobuf.{options}"))
        self._extension: Any = pool.FindExtensionByName(extension)

    def read(self, options: Any) -> Any:
        return self._options.FromString(options.SerializeToString()).Extensions[self._extension]
