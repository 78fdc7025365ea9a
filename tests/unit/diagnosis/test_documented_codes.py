"""The page of operations names every finding that there can be, with its severity."""

import ast
import re
from pathlib import Path

import getme.program.diagnosis
import getme_gateway.diagnosis
import getme_server.diagnosis

ROOT = Path(__file__).resolve().parents[3]
MAKERS = {"warning": "warning", "note": "note", "broken": "error", "Finding": "error"}
ROW = re.compile(r"^\| (`[a-z_`, ]+`) \| (error|warning|note) \|", re.MULTILINE)


def findings_made() -> set[tuple[str, str]]:
    """Code and severity of all that the modules make."""
    places = (getme.program.diagnosis, getme_gateway.diagnosis, getme_server.diagnosis)
    return {
        (str(node.args[0].value), MAKERS[node.func.id])
        for place in places
        for module in Path(*place.__path__).glob("*.py")
        for node in ast.walk(ast.parse(module.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in MAKERS
        and isinstance(node.args[0], ast.Constant)
    }


def test_every_finding_is_documented_and_none_else() -> None:
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    documented = {
        (code, severity)
        for codes, severity in ROW.findall(page)
        for code in re.findall(r"[a-z_]+", codes)
    }
    assert documented == findings_made()
