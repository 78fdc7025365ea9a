"""`python -m demo [--data FOLDER]`: server and gateway with demo people, until Ctrl-C."""

import signal
import sys
import threading

_STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    """The exit code: 0 when told to stop, 1 with a line that says what went wrong."""
    stopping = threading.Event()
    for number in _STOPPING_SIGNALS:
        signal.signal(number, lambda _number, _frame: stopping.set())
    # Imported under the handlers: Ctrl-C in the first moment prints no traceback.
    from demo.arguments import data_folder  # noqa: PLC0415
    from demo.errors import DemoError, Stopped  # noqa: PLC0415
    from demo.run import run  # noqa: PLC0415

    try:
        run(data_folder(sys.argv[1:]), stopping)
    except Stopped:
        return 0
    except DemoError as trouble:
        print(f"demo: {trouble}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
