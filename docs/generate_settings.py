"""Writes docs/settings.md from the settings classes of both programs (`make docs`)."""

import sys
from datetime import timedelta
from pathlib import Path

from pydantic.fields import FieldInfo

from getme.program.settings import ProgramSettings, environment_name, is_secret
from getme_gateway.settings import GatewaySettings
from getme_server.settings import ServerSettings

PAGE = Path(__file__).parent / "settings.md"
HEAD = """# Settings

Settings are environment variables. This page is made from the settings classes by `make docs`;
`make check` fails where the two differ.

An unknown `GETME_*` name, or a value that cannot be used, stops the start with one line that names
it. Server and gateway may share one environment: a setting of the other program is known. An empty
value counts as not set. A secret may stand in a file that `NAME_FILE` names. Durations are a
number with a unit: `500ms`, `60s`, `30m`, `1h`, `30d`, or `0`.
"""
# Defaults that depend on the machine.
MEASURED = {"GETME_WORKERS": "cores"}


def page() -> str:
    """The whole page, Markdown."""
    return "\n".join(
        [HEAD, *_table("getme-server", ServerSettings), *_table("getme-gateway", GatewaySettings)]
    )


def _table(program: str, kind: type[ProgramSettings]) -> list[str]:
    rows = [_row(name, field) for name, field in kind.model_fields.items()]
    return [f"## {program}\n", "| setting | default | meaning |", "|---|---|---|", *rows, ""]


def _row(field_name: str, field: FieldInfo) -> str:
    name = environment_name(field_name)
    file = f", `{name}_FILE`" if is_secret(field) else ""
    return f"| `{name}`{file} | {_default(name, field)} | {field.description} |"


def _default(name: str, field: FieldInfo) -> str:
    default = field.default
    if name in MEASURED:
        return MEASURED[name]
    if default is None:
        return "none"
    if isinstance(default, bool):
        return "`on`" if default else "`off`"
    if isinstance(default, float):
        return f"`{_duration(default)}`"
    return f"`{default}`"


def _duration(seconds: float) -> str:
    if not seconds:
        return "0"
    for unit, size in (("d", timedelta(days=1)), ("h", timedelta(hours=1))):
        if not seconds % size.total_seconds():
            return f"{int(seconds // size.total_seconds())}{unit}"
    return f"{int(seconds)}s" if seconds.is_integer() else f"{round(seconds * 1000)}ms"


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        if PAGE.read_text() != page():
            sys.exit("docs/settings.md differs from the settings classes; run: make docs")
    else:
        PAGE.write_text(page())
