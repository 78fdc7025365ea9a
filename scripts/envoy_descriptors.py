"""Writes the protos as Envoy's grpc_json_transcoder takes them (`deploy/envoy/rest.yaml`).

    python -m scripts.envoy_descriptors getme.binpb

Envoy refuses a `response_body` that names a field; without it, an answer is the whole message. It
writes refusals only if it knows the types of their details.
"""

import sys
from pathlib import Path

from google.api import annotations_pb2
from google.protobuf import any_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.rpc import error_details_pb2, status_pb2

from protos.generate import compiled

_REFUSALS = (any_pb2, error_details_pb2, status_pb2)  # each after what it imports


def descriptors() -> FileDescriptorSet:
    """All files of the workspace's protos, their rules for HTTP without `response_body`."""
    files = compiled()
    for method in (m for file in files.file for service in file.service for m in service.method):
        if method.options.HasExtension(annotations_pb2.http):
            method.options.Extensions[annotations_pb2.http].ClearField("response_body")
    known = {file.name for file in files.file}
    for module in _REFUSALS:
        if module.DESCRIPTOR.name not in known:
            module.DESCRIPTOR.CopyToProto(files.file.add())
    return files


def main() -> None:
    """Writes them to the file that the command line names."""
    Path(sys.argv[1]).write_bytes(descriptors().SerializeToString())


if __name__ == "__main__":
    main()
