"""`python -m demo [--data FOLDER]`: server and gateway with demo people, until Ctrl-C."""

import argparse
import signal
import sys
import threading
from pathlib import Path

_STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_DATA = Path(__file__).resolve().parent.parent / ".demo"


def main() -> int:
    """The exit code: 0 when told to stop, 1 with a line that says what went wrong."""
    stopping = threading.Event()
    for number in _STOPPING_SIGNALS:
        signal.signal(number, lambda _number, _frame: stopping.set())
    arguments = argparse.ArgumentParser(prog="python -m demo", description="getme with demo people")
    arguments.add_argument("--data", type=Path, default=_DATA, help="keep store, key and logs here")
    data = arguments.parse_args().data.resolve()
    # Imported under the handlers: Ctrl-C in the first moment prints no traceback.
    from demo.errors import DemoError, Stopped  # noqa: PLC0415
    from demo.run import run  # noqa: PLC0415

    try:
        run(data, stopping)
    except Stopped:
        return 0
    except DemoError as trouble:
        print(f"demo: {trouble}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
