"""The command `getme-server`."""

import os
import signal


def main() -> None:
    """Runs a command."""
    # Until a command handles it, Ctrl-C ends the program at once, without a traceback of whatever
    # is being imported; hence the import below it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # gRPC writes a line for each handshake that fails, which anybody can bring about without end.
    # It reads this when it begins, in workers as well.
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    from getme_server import cli  # noqa: PLC0415

    cli.run()


if __name__ == "__main__":
    main()
