"""The packages: what `uv build` makes is installed by pip alone, and runs without the checkout.

uv makes each wheel from its source distribution, so that one which lacks a file makes a wheel that
lacks it too. The source distributions are installed once for themselves, by pip alone as well. What
the packages need comes from the package registry.
"""

import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest

from tests.servers.programs import BIN, Program, environment

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {"getme": "client", "getme_server": "server", "getme_gateway": "gateway"}
MAX_CLIENT_PACKAGES = 14
SECONDS = 240
PASSWORD = "a long walk to the sea"


class Installed:
    """A clean environment with our packages, and nothing of the checkout.

    client_packages: all that it had when only the client was installed.
    """

    def __init__(self, folder: Path, distributions: list[Path]) -> None:
        venv.create(folder, with_pip=True)
        self.bin = folder / "bin"
        begins_with = self._packages()
        self._pip("install", "--quiet", *(str(each) for each in distributions if is_client(each)))
        self.client_packages = self._packages() - begins_with
        self._pip("install", "--quiet", *map(str, distributions))

    def says(self, *command: str, piped: str = "", **variables: str) -> str:
        """What a command prints that ends well."""
        done = subprocess.run(
            [self.bin / command[0], *command[1:]],
            cwd=self.bin.parent,
            env=environment(variables),
            input=piped,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _pip(self, *arguments: str) -> str:
        return self.says("python", "-m", "pip", "--disable-pip-version-check", *arguments)

    def _packages(self) -> set[str]:
        return set(self._pip("list", "--format=freeze").split())


def is_client(distribution: Path) -> bool:
    return distribution.name.startswith("getme-")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of what `uv build` makes."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [
            BIN / "uv",
            "build",
            "--quiet",
            "--all-packages",
            "--python",
            sys.executable,
            "-o",
            folder,
        ],
        cwd=ROOT,
        check=True,
        timeout=SECONDS,
    )
    return folder


@pytest.fixture(scope="module")
def wheels(built: Path) -> list[Path]:
    return sorted(built.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheels: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return Installed(tmp_path_factory.mktemp("clean"), wheels)


@pytest.fixture(scope="module")
def server(installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    settings = {
        "GETME_LISTEN": "127.0.0.1:0",
        "GETME_METRICS_LISTEN": "127.0.0.1:0",
        "GETME_WORKERS": "2",
        "GETME_LOG_FORMAT": "json",
    }
    command = [str(installed.bin / "getme-server"), "serve", "--dev"]
    with Program(command, tmp_path_factory.mktemp("server"), settings) as running:
        yield running


@pytest.fixture(scope="module")
def http(
    installed: Installed, server: Program, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    """Asks the installed gateway."""
    settings = {
        "GETME_GATEWAY_LISTEN": "127.0.0.1:0",
        "GETME_GATEWAY_METRICS_LISTEN": "127.0.0.1:0",
        "GETME_GATEWAY_UPSTREAM": server.address,
        "GETME_LOG_FORMAT": "json",
    }
    command = [str(installed.bin / "getme-gateway"), "serve"]
    with (
        Program(command, tmp_path_factory.mktemp("gateway"), settings) as running,
        httpx.Client(base_url=f"http://{running.address}", trust_env=False) as client,
    ):
        yield client


@pytest.mark.parametrize("name", PACKAGES)
def test_wheel_carries_readme_licence_and_types(wheels: list[Path], name: str) -> None:
    (wheel,) = (wheel for wheel in wheels if wheel.name.startswith(f"{name}-"))
    with ZipFile(wheel) as archive:
        (about,) = (n.removesuffix("METADATA") for n in archive.namelist() if "/METADATA" in n)
        metadata = archive.read(f"{about}METADATA").decode()
        assert archive.read(f"{about}licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
        assert f"{name}/py.typed" in archive.namelist()
    assert (ROOT / PACKAGES[name] / "README.md").read_text("utf-8") in metadata
    assert "License-Expression: Apache-2.0\n" in metadata


def test_source_distributions_are_installed_by_pip_alone(built: Path, tmp_path: Path) -> None:
    sources = sorted(built.glob("*.tar.gz"))
    assert len(sources) == len(PACKAGES)
    installed = Installed(tmp_path, sources)
    for name in PACKAGES:
        command = name.replace("_", "-")
        assert installed.says(command, "--version").startswith(f"{command} 0.")
    assert "openapi" in installed.says("getme-gateway", "openapi")  # made of files besides modules


def test_client_brings_few_packages(installed: Installed) -> None:
    assert len(installed.client_packages) <= MAX_CLIENT_PACKAGES, installed.client_packages


@pytest.mark.parametrize("name", PACKAGES)
def test_command_and_module_are_the_same_program(installed: Installed, name: str) -> None:
    command = name.replace("_", "-")
    version = installed.says(command, "--version")
    assert version.startswith(f"{command} 0.")
    assert installed.says("python", "-m", name, "--version") == version
    assert "--version" in installed.says(command, "--help")


@pytest.mark.parametrize("command", ["getme-server", "getme-gateway"])
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shell_can_complete_the_command(installed: Installed, command: str, shell: str) -> None:
    variable = f"_{command.replace('-', '_').upper()}_COMPLETE"
    assert command in installed.says(command, **{variable: f"source_{shell}"})


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shell_can_complete_the_command_of_the_client(installed: Installed, shell: str) -> None:
    assert "getme" in installed.says("getme", "completion", shell)


def test_installed_command_signs_in_at_the_installed_server(
    installed: Installed, server: Program, http: httpx.Client, tmp_path: Path
) -> None:
    who = {"email": "ada@example.org", "firstname": "Ada", "lastname": "Example"}
    registered = http.post("/api/v1/users/register", json=who | {"password": PASSWORD})
    assert registered.status_code == 201
    state = {"XDG_STATE_HOME": str(tmp_path)}
    login = ("getme", "login", "--email", who["email"], "--password-stdin")
    installed.says(*login, "--address", server.address, piped=PASSWORD, **state)
    assert who["email"] in installed.says("getme", "whoami", **state)


@pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json", "/healthz", "/readyz"])
def test_installed_gateway_has_its_pages(http: httpx.Client, path: str) -> None:
    assert http.get(path).status_code == 200
