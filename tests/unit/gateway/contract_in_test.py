"""A contract made in the tests, with what the gateway must read and getme.v1 does not have yet."""

from google.api import annotations_pb2
from google.protobuf import descriptor_pb2, descriptor_pool, duration_pb2, timestamp_pb2
from google.protobuf.descriptor import Descriptor, FileDescriptor

_Field = descriptor_pb2.FieldDescriptorProto
_SCALARS = {
    "name": _Field.TYPE_STRING,
    "count": _Field.TYPE_INT32,
    "total": _Field.TYPE_INT64,
    "ratio": _Field.TYPE_DOUBLE,
    "share": _Field.TYPE_FLOAT,
    "is_open": _Field.TYPE_BOOL,
    "data": _Field.TYPE_BYTES,
    "firstname": _Field.TYPE_STRING,
}
_TYPED = {
    "kind": (_Field.TYPE_ENUM, ".test.Kind"),
    "wait": (_Field.TYPE_MESSAGE, ".google.protobuf.Duration"),
    "seen_at": (_Field.TYPE_MESSAGE, ".google.protobuf.Timestamp"),
    "inner": (_Field.TYPE_MESSAGE, ".test.Inner"),
}


def file_of(*, pool_name: str = "test", **rules: dict[str, str]) -> FileDescriptor:
    """A file with messages Thing, Inner, Nothing and a service with one RPC for each rule.

    A rule: method and path, and body and response_body where wanted, as in google.api.http.
    `request` and `response` name other messages than Thing.
    """
    file = descriptor_pb2.FileDescriptorProto(
        name=f"{pool_name}.proto",
        package="test",
        syntax="proto3",
        dependency=["google/protobuf/duration.proto", "google/protobuf/timestamp.proto"],
    )
    _add_messages(file)
    service = file.service.add(name="Service")
    for name, rule in rules.items():
        rpc = service.method.add(
            name=name,
            input_type=f".test.{rule.pop('request', 'Thing')}",
            output_type=f".test.{rule.pop('response', 'Thing')}",
        )
        annotation = rpc.options.Extensions[annotations_pb2.http]
        for key, value in rule.items():
            setattr(annotation, key, value)
    pool = descriptor_pool.DescriptorPool()
    for dependency in (duration_pb2, timestamp_pb2):
        pool.AddSerializedFile(dependency.DESCRIPTOR.serialized_pb)
    pool.Add(file)
    return pool.FindFileByName(file.name)


def thing() -> Descriptor:
    """The message with a field of every kind."""
    return file_of().message_types_by_name["Thing"]


def _add_messages(file: descriptor_pb2.FileDescriptorProto) -> None:
    kind = file.enum_type.add(name="Kind")
    for number, name in enumerate(("KIND_NONE", "KIND_BIG")):
        kind.value.add(name=name, number=number)
    inner = file.message_type.add(name="Inner")
    inner.field.add(name="text", number=1, type=_Field.TYPE_STRING, label=_Field.LABEL_OPTIONAL)
    file.message_type.add(name="Nothing")
    message = file.message_type.add(name="Thing")
    number = 0
    for name, scalar in _SCALARS.items():
        number += 1
        message.field.add(name=name, number=number, type=scalar, label=_Field.LABEL_OPTIONAL)
    for name, (type_, type_name) in _TYPED.items():
        number += 1
        message.field.add(
            name=name,
            number=number,
            type=type_,
            type_name=type_name,
            label=_Field.LABEL_OPTIONAL,
        )
    message.field.add(name="ids", number=20, type=_Field.TYPE_STRING, label=_Field.LABEL_REPEATED)
    message.field.add(name="sizes", number=21, type=_Field.TYPE_INT64, label=_Field.LABEL_REPEATED)
    message.field.add(
        name="parts",
        number=22,
        type=_Field.TYPE_MESSAGE,
        type_name=".test.Inner",
        label=_Field.LABEL_REPEATED,
    )
    message.field.add(
        name="note",
        number=23,
        type=_Field.TYPE_STRING,
        label=_Field.LABEL_OPTIONAL,
        proto3_optional=True,
        oneof_index=0,
    )
    message.oneof_decl.add(name="_note")
