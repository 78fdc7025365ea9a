"""`make image`: what it assembles is run by runc, as hardened as deploy/ runs it.

`GETME_TEST_IMAGE=folder` names one that `make image` has assembled, to use instead of a new one.
"""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import httpx
import pytest

from scripts.image.debian import is_release
from tests.servers.container import Container
from tests.servers.installed import installed, lacking
from tests.servers.otlp import Collector
from tests.servers.programs import Program

ROOT = Path(__file__).resolve().parents[2]
BUILD_SECONDS = 540
VERSION = version("getme")
# As one word for a command line: what may write says so.
TRY_TO_WRITE = (
    "import os\n"
    "for path in ('/x', '/usr/local/x', '/tmp/x'):\n"
    "    try: open(path, 'w')\n"
    "    except OSError as refused: print(path, refused.strerror)\n"
    "print(os.getuid(), os.getgid(), os.getgroups())\n"
)

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> str:
    """`FOLDER:TAG` of an image layout."""
    installed("runc", package="Debian's runc")
    installed("umoci", package="Debian's umoci")
    if os.geteuid() != 0 or not is_release():
        lacking("an image is assembled and run as root on Debian 12")
    folder = os.environ.get("GETME_TEST_IMAGE")
    if folder is None:
        folder = str(tmp_path_factory.mktemp("image"))
        command = [sys.executable, "-m", "scripts.image", folder]
        subprocess.run(command, cwd=ROOT, check=True, timeout=BUILD_SECONDS)
    return f"{folder}/oci:{VERSION}"


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with Collector() as running:
        yield running


@pytest.fixture(scope="module")
def container(
    image: str, collector: Collector, tmp_path_factory: pytest.TempPathFactory
) -> Container:
    settings = collector.settings | {
        "GETME_LISTEN": "127.0.0.1:0",
        "GETME_METRICS_LISTEN": "127.0.0.1:0",
        "GETME_WORKERS": "2",
        "GETME_STORE": "sqlite:////tmp/getme.db",
    }
    folder = tmp_path_factory.mktemp("server")
    return Container(image, folder, ["getme-server", "serve", "--dev"], settings)


@pytest.fixture(scope="module")
def server(container: Container) -> Iterator[Program]:
    with container.serve() as running:
        yield running


def test_image_says_what_runs_and_as_whom(image: str) -> None:
    layout = Path(image.rpartition(":")[0])

    def blob(digest: str) -> dict[str, dict[str, object]]:
        return dict(json.loads((layout / "blobs" / digest.replace(":", "/")).read_text("utf-8")))

    index = json.loads((layout / "index.json").read_text("utf-8"))
    manifest = blob(index["manifests"][0]["digest"])
    config = blob(str(manifest["config"]["digest"]))["config"]
    assert config["User"] == "10001:10001"
    assert config["Cmd"] == ["getme-server", "serve"]
    assert config["StopSignal"] == "SIGTERM"
    assert config["ExposedPorts"] == {f"{p}/tcp": {} for p in (50051, 8080, 9464, 9465)}


def test_health_check_of_the_container_passes(container: Container, server: Program) -> None:
    assert container.also("getme", "health", "--address", server.address) == "SERVING\n"


@pytest.mark.usefixtures("server")
def test_nothing_can_be_written_but_where_it_may(container: Container) -> None:
    written = container.also("python3.11", "-c", TRY_TO_WRITE)
    assert written == (
        "/x Read-only file system\n/usr/local/x Read-only file system\n10001 10001 []\n"
    )


@pytest.mark.parametrize("program", ["getme", "getme-server", "getme-gateway"])
@pytest.mark.usefixtures("server")
def test_each_program_is_in_it(container: Container, program: str) -> None:
    assert container.also(program, "--version") == f"{program} {VERSION}\n"


def test_neither_shell_nor_package_manager_is_in_it(container: Container) -> None:
    folders = [container.bundle / "rootfs" / name for name in ("bin", "usr/bin", "usr/sbin")]
    programs = {path.name for folder in folders if folder.is_dir() for path in folder.iterdir()}
    assert "python3.11" in programs
    assert not programs & {"sh", "bash", "dash", "apt-get", "dpkg", "perl", "pip", "su"}


def test_gateway_runs_from_it_too_and_both_are_traced(
    image: str, collector: Collector, server: Program, tmp_path: Path
) -> None:
    settings = collector.settings | {
        "GETME_GATEWAY_LISTEN": "127.0.0.1:0",
        "GETME_GATEWAY_METRICS_LISTEN": "127.0.0.1:0",
        "GETME_GATEWAY_UPSTREAM": server.address,
    }
    gateway = Container(image, tmp_path, ["getme-gateway", "serve"], settings)
    with gateway.serve() as running:
        for path in ("/", "/readyz", "/openapi.json"):
            url = f"http://{running.address}{path}"
            assert httpx.get(url, trust_env=False).status_code == 200
        trace = secrets.token_hex(16)
        headers = {"authorization": "Bearer no.token.atall"}
        headers["traceparent"] = f"00-{trace}-{trace[:16]}-01"
        url = f"http://{running.address}/api/v1/users/me"
        assert httpx.get(url, headers=headers, trust_env=False).status_code == 401
        collector.of_trace(trace, "GET /api/v1/users/me", "getme.v1.UserService/GetMe")


def test_it_ends_when_it_is_told_to(image: str, tmp_path: Path) -> None:
    settings = {
        "GETME_LISTEN": "127.0.0.1:0",
        "GETME_METRICS_LISTEN": "127.0.0.1:0",
        "GETME_WORKERS": "1",
        "GETME_STORE": "sqlite:////tmp/getme.db",
    }
    short = Container(image, tmp_path, ["getme-server", "serve", "--dev"], settings)
    assert short.serve().stop() == 0
