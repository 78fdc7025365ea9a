"""What `python -m demo` takes."""

import argparse
from collections.abc import Sequence
from pathlib import Path

_DATA = Path(__file__).resolve().parent.parent / ".demo"


def data_folder(arguments: Sequence[str]) -> Path:
    """Where the demo keeps store, key and logs."""
    parser = argparse.ArgumentParser(prog="python -m demo", description="getme with demo people")
    parser.add_argument(
        "--data",
        metavar="FOLDER",
        type=Path,
        default=_DATA,
        help="keep store, key and logs there (default: %(default)s)",
    )
    data: Path = parser.parse_args(arguments).data
    return data.resolve()
