"""Generates the Python stubs of the client package from the protos (`make protos`).

buf compiles the protos to a descriptor set and grpcio-tools writes the code.
`buf/validate/validate.proto` is taken out of the files' imports on the way: its rules stay in
the descriptors as option bytes, which is where the server's validator reads them, and the
client package needs no top-level Python package `buf` that would clash with another service's
copy.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorSet

ROOT = Path(__file__).resolve().parent.parent
RULES = "buf/validate/validate.proto"


def compiled() -> FileDescriptorSet:
    """All files of the workspace's protos."""
    built = subprocess.run(
        ["buf", "build", "--output", "-#format=binpb"],  # noqa: S607  # from the venv
        check=True,
        capture_output=True,
        cwd=ROOT,
    ).stdout
    return FileDescriptorSet.FromString(built)


def descriptors() -> FileDescriptorSet:
    """The same, without the import of the validation rules."""
    files = compiled()
    for file in files.file:
        if RULES in file.dependency:
            file.dependency.remove(RULES)
    return files


def generate(target: Path) -> None:
    """Writes messages, stubs and their types below target, which then holds `getme/v1`."""
    files = descriptors()
    ours = [file.name for file in files.file if file.name.startswith("getme/")]
    services = [file.name for file in files.file if file.service]
    with tempfile.NamedTemporaryFile(suffix=".binpb") as descriptor_set:
        descriptor_set.write(files.SerializeToString())
        descriptor_set.flush()
        protoc = [sys.executable, "-m", "grpc_tools.protoc"]
        source = f"--descriptor_set_in={descriptor_set.name}"
        messages = [f"--python_out={target}", f"--mypy_out=quiet:{target}"]
        stubs = [f"--grpc_python_out={target}", f"--mypy_grpc_out=quiet:{target}"]
        subprocess.run([*protoc, source, *messages, *ours], check=True)
        subprocess.run([*protoc, source, *stubs, *services], check=True)


if __name__ == "__main__":
    generate(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "client" / "src")
