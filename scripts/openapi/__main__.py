"""Writes the documents (`make openapi`), or with `--check` fails where they would change."""

import sys
from pathlib import Path

from getme_gateway.openapi.document import file_name
from getme_gateway.transcoding.json_names import JsonNames
from scripts.openapi.contract import read_contract
from scripts.openapi.document import document_text

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = Path("gateway/src/getme_gateway/openapi")


def main() -> int:
    """The exit code: with `--check` 1, and a line for each file that differs."""
    contract = read_contract()
    differing = False
    for names in JsonNames:
        path = FOLDER / file_name(names)
        text = document_text(contract, names)
        if "--check" not in sys.argv[1:]:
            (ROOT / path).write_text(text)
        elif not (ROOT / path).is_file() or (ROOT / path).read_text() != text:
            differing = True
            sys.stderr.write(f"{path} is not what the protos give; run: make openapi\n")
    return int(differing)


if __name__ == "__main__":
    sys.exit(main())
