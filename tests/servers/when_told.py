"""Programs that look at their files when they are told to (SIGHUP), and not by themselves."""

from pathlib import Path

_MODULE = """import {module}
assert {module}.WATCH_SECONDS
{module}.WATCH_SECONDS = 3600.0
"""


def server_looks_when_told(directory: Path) -> dict[str, str]:
    """Settings of such a server, its workers too. directory: for a file that Python looks for."""
    return _looks_when_told(directory, "getme_server.file_watch")


def gateway_looks_when_told(directory: Path) -> dict[str, str]:
    """Likewise of a gateway."""
    return _looks_when_told(directory, "getme_gateway.tls_watch")


def _looks_when_told(directory: Path, module: str) -> dict[str, str]:
    (directory / "sitecustomize.py").write_text(_MODULE.format(module=module))
    return {"PYTHONPATH": str(directory)}
