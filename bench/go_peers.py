"""Builds the peers that are written in Go, where a Go toolchain is present.

Their sources (`bench/peers/go`) are copied out of the tree, the stubs that Go needs of our protos
are generated beside them, and all is compiled there. Modules and plugins have the versions of
`go.mod`; Go fetches them through its module proxy the first time.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from bench.program import LOAD_CORE, SERVER_CORE, pinned_to
from getme.v1 import user_pb2, user_service_pb2

_ROOT = Path(__file__).resolve().parent.parent
_SOURCES = _ROOT / "bench" / "peers" / "go"
_BUILD = _ROOT / ".tools" / "go-peers"
_USUAL_PLACE = "/usr/local/go/bin/go"  # where Go's own archive is unpacked to, PATH or not
_MODULE = "getme/bench/peers/go"  # as go.mod says
_PROTOS = (user_pb2.DESCRIPTOR.name, user_service_pb2.DESCRIPTOR.name)
_PACKAGE = f"{_MODULE}/gen/getme/v1"
_SERVED = "GetMe"
_PLUGINS = ("go", "go-grpc", "grpc-gateway")
_TOLD = (
    "google.golang.org/grpc",
    "github.com/apache/cassandra-gocql-driver/v2",
    "github.com/golang-jwt/jwt/v5",
    "github.com/grpc-ecosystem/grpc-gateway/v2",
)
_BUILD_SECONDS = 600
_LINES_SHOWN = 15


class GoMissing(Exception):
    """The Go peers cannot be measured; its text says why, for a row of the results."""


class GoPeers(NamedTuple):
    """The programs, compiled. version: of Go and of the libraries, for the results."""

    server: Path
    gateway: Path
    version: str


def build_go_peers() -> GoPeers:
    """The Go peers, compiled if they are not yet. Raises GoMissing; what Go says is printed."""
    go = shutil.which("go") or shutil.which(_USUAL_PLACE)
    if go is None:
        raise GoMissing("no Go toolchain")
    source, programs = _BUILD / "source", _BUILD / "bin"
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(_SOURCES, source)
    _run([go, "build", "-o", f"{programs}/", "tool"], source)
    _generate(source, programs)
    _run([go, "build", "-o", f"{programs}/", "./server", "./gateway"], source)
    return GoPeers(programs / "server", programs / "gateway", _version(go, source))


def _generate(source: Path, programs: Path) -> None:
    compiled = source / "protos.binpb"
    compiled.write_bytes(_protos().SerializeToString())
    command = [sys.executable, "-m", "grpc_tools.protoc", f"--descriptor_set_in={compiled}"]
    for plugin in _PLUGINS:
        options = [f"module={_MODULE}", *(f"M{proto}={_PACKAGE}" for proto in _PROTOS)]
        command += [
            f"--plugin=protoc-gen-{plugin}={programs}/protoc-gen-{plugin}",
            f"--{plugin}_out={source}",
            *(f"--{plugin}_opt={option}" for option in options),
        ]
    _run([*command, *_PROTOS], source)


def _protos() -> FileDescriptorSet:
    """Our protos and what they import, with GetMe as the only method.

    With the others, grpc-gateway would take the path of GetMe for that of GetUser: the route that
    was registered last wins.
    """
    files: dict[str, FileDescriptorProto] = {}
    _add_with_imports(user_service_pb2.DESCRIPTOR, files)
    service = files[user_service_pb2.DESCRIPTOR.name].service[0]
    (served,) = (method for method in service.method if method.name == _SERVED)
    del service.method[:]
    service.method.append(served)
    return FileDescriptorSet(file=files.values())


def _add_with_imports(file: FileDescriptor, files: dict[str, FileDescriptorProto]) -> None:
    for imported in file.dependencies:
        _add_with_imports(imported, files)
    files.setdefault(file.name, FileDescriptorProto.FromString(file.serialized_pb))


def _version(go: str, source: Path) -> str:
    modules = _run([go, "list", "-m", *_TOLD], source).splitlines()
    versions = [module.replace("/v2 ", " ").replace("/v5 ", " ") for module in modules]
    short = [version.rpartition("/")[2].replace(" v", " ") for version in versions]
    number = _run([go, "env", "GOVERSION"], source).strip().removeprefix("go")
    return ", ".join([f"Go {number}", *short])


def _run(command: list[str], directory: Path) -> str:
    """What a command prints. It may use both cores: nothing is measured yet."""
    try:
        finished = subprocess.run(
            [*pinned_to(SERVER_CORE, LOAD_CORE), *command],
            cwd=directory,
            capture_output=True,
            text=True,
            timeout=_BUILD_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise GoMissing(f"not built within {_BUILD_SECONDS} s") from late
    if finished.returncode != 0:
        lines = finished.stderr.splitlines()[-_LINES_SHOWN:]
        print(*lines, sep="\n", file=sys.stderr)
        raise GoMissing("Go could not build it")
    return finished.stdout
