"""The comments of the protos, by the full names of what they stand at.

Read from `source_code_info` of a compiled file: the generated Python code does not hold them.
"""

from collections.abc import Iterator, Mapping, Sequence

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
    ServiceDescriptorProto,
)

Comments = Mapping[str, str]

_Path = tuple[int, ...]
# Numbers of fields in descriptor.proto, which the paths of locations are made of.
_MESSAGE, _SERVICE = 4, 6
_MEMBER = 2


def comments_of(files: FileDescriptorSet) -> Comments:
    """Full name of a message, field, service or RPC -> its comment, a line a paragraph."""
    return {
        name: _paragraphs(text)
        for file in files.file
        for name, text in _of_file(file)
        if text.strip()
    }


def _of_file(file: FileDescriptorProto) -> Iterator[tuple[str, str]]:
    at: dict[_Path, str] = {
        tuple(location.path): location.leading_comments
        for location in file.source_code_info.location
    }
    parents_of_kind: tuple[tuple[int, Sequence[DescriptorProto | ServiceDescriptorProto]], ...] = (
        (_MESSAGE, file.message_type),
        (_SERVICE, file.service),
    )
    for kind, parents in parents_of_kind:
        for position, parent in enumerate(parents):
            name = f"{file.package}.{parent.name}"
            yield name, at.get((kind, position), "")
            for number, member in enumerate(_members(parent)):
                yield f"{name}.{member}", at.get((kind, position, _MEMBER, number), "")


def _members(parent: DescriptorProto | ServiceDescriptorProto) -> list[str]:
    members = parent.method if isinstance(parent, ServiceDescriptorProto) else parent.field
    return [member.name for member in members]


def _paragraphs(text: str) -> str:
    """The text with each paragraph on one line, as Markdown has it too."""
    paragraphs = text.strip().split("\n \n") if "\n \n" in text else text.strip().split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
