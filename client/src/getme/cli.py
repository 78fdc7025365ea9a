"""The command `getme`: sign in at a server, see who is signed in, sign out.

Passwords are asked for, or piped in, and never an argument, which stands in the shell's history and
in the list of processes. Exit codes: 0 done; 1 refused, or not signed in, or a file that cannot be
used; 2 wrong arguments; 3 no answer now, and the same command may be right later.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from getpass import getpass
from importlib.metadata import version
from importlib.resources import files
from json import dumps
from pathlib import Path
from typing import NoReturn

from getme.account_calls import AccountCalls
from getme.errors import DeadlineExceeded, Error, Unauthenticated, Unavailable
from getme.reasons import Reason
from getme.session_file import (
    Server,
    Session,
    SessionFileRefused,
    read_session,
    session_path,
    write_session,
)
from getme.tls import Tls
from getme.user import User

EXIT_REFUSED, EXIT_UNAVAILABLE, EXIT_INTERRUPTED = 1, 3, 130  # 2 is argparse's
DEFAULT_ADDRESS = "127.0.0.1:50051"
_HEALTH_SECONDS = 3.0
_MAX_PASSWORD_BYTES = 4096  # the contract's bound
# In `shells`; zsh reads what is written for bash.
_COMPLETED_BY = {"bash": "getme.bash", "zsh": "getme.bash", "fish": "getme.fish"}


class _CannotDo(Exception):
    """What the command would need is not there."""


def main() -> NoReturn:
    """Runs the command that the program was given, and ends the program."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Runs a command; the exit code."""
    given = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = given.command
    try:
        return command(given)
    except (KeyboardInterrupt, EOFError):  # at a question
        return EXIT_INTERRUPTED
    except Error as error:
        fault = f"{_words(error)} ({error.reason})"
        away = isinstance(error, (Unavailable, DeadlineExceeded))
        code = EXIT_UNAVAILABLE if away else EXIT_REFUSED
    except (_CannotDo, SessionFileRefused, OSError, ValueError) as refused:
        fault, code = (
            str(refused),
            EXIT_REFUSED,
        )  # the last two are of the address and of files for TLS
    for line in fault.splitlines():
        print(f"getme: {_plain(line)}", file=sys.stderr)  # noqa: T201  # a command prints
    return code


def _login(given: argparse.Namespace) -> int:
    server = _server(given)
    with _calls(server) as calls:
        email = given.email or input("E-mail address: ")
        answer = calls.login(email, _password(piped=given.password_stdin))
    write_session(session_path(), Session(server, answer.token, answer.refresh_token))
    print(f"signed in as {_plain(answer.user.email)}")  # noqa: T201  # as above
    return 0


def _whoami(given: argparse.Namespace) -> int:
    path = session_path()
    session = _session(path)
    with _calls(session.server) as calls:
        try:
            user = calls.get_me(session.token)
        except Unauthenticated as refused:
            if refused.reason != Reason.TOKEN_EXPIRED:
                raise
            answer = calls.refresh(session.refresh_token)
            session = replace(session, token=answer.token, refresh_token=answer.refresh_token)
            write_session(path, session)  # before it is used: the old one is used up
            user = calls.get_me(session.token)
    print(_as_json(user) if given.json else _as_text(user))  # noqa: T201  # as above
    return 0


def _logout(_given: argparse.Namespace) -> int:
    path = session_path()
    session = _session(path)
    with _calls(session.server) as calls, suppress(Unauthenticated):  # it has ended already
        calls.logout(session.refresh_token)
    path.unlink(missing_ok=True)
    return 0


def _health(given: argparse.Namespace) -> int:
    with _calls(_server(given), _HEALTH_SECONDS) as calls:
        serving = calls.is_alive() if given.live else calls.is_serving()
    print("SERVING" if serving else "NOT_SERVING")  # noqa: T201  # as above
    return 0 if serving else EXIT_UNAVAILABLE


def _completion(given: argparse.Namespace) -> int:
    script = files("getme") / "shells" / _COMPLETED_BY[given.shell]
    print(script.read_text("utf-8"), end="")  # noqa: T201  # as above
    return 0


def _session(path: Path) -> Session:
    session = read_session(path)
    if session is None:
        raise _CannotDo("not signed in; begin with: getme login")
    return session


def _server(given: argparse.Namespace) -> Server:
    # The session is used from other folders, too.
    ca, cert, key = (path and str(path.absolute()) for path in (given.ca, given.cert, given.key))
    return Server(given.address, given.tls, ca, cert, key)


def _calls(server: Server, *seconds: float) -> AccountCalls:
    has_tls = server.tls or server.ca or server.cert or server.key
    tls = Tls(server.ca, server.cert, server.key) if has_tls else None
    return AccountCalls(server.address, tls, *seconds)


def _password(*, piped: bool) -> str:
    if piped:
        line = sys.stdin.buffer.readline(_MAX_PASSWORD_BYTES + len("\r\n") + 1)
        try:
            return line.decode().removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError:  # whose own text tells a byte of it
            raise _CannotDo("the password must be UTF-8") from None
    if not sys.stdin.isatty():
        raise _CannotDo(
            "standard input is no terminal to ask at; pipe the password in with --password-stdin"
        )
    return getpass("Password: ")


def _words(error: Error) -> str:
    if not error.field_violations:
        return error.message
    return "; ".join(f"{field} {fault}" for field, fault in error.field_violations.items())


def _as_text(user: User) -> str:
    fields = {
        "user ID": user.user_id,
        "name": f"{user.firstname} {user.lastname}",
        "e-mail": user.email,
        "status": user.account_status,
        "roles": ", ".join(user.roles),
    }
    return "\n".join(f"{name + ':':9}{_plain(value)}".rstrip() for name, value in fields.items())


def _as_json(user: User) -> str:
    fields = {
        "userId": user.user_id,
        "firstname": user.firstname,
        "lastname": user.lastname,
        "email": user.email,
        "account_status": user.account_status,
        "roles": list(user.roles),
    }
    return dumps(fields, indent=2).replace("\x7f", "\\u007f")  # which JSON need not escape


def _plain(text: str) -> str:
    """Text that somebody else chose, without what drives a terminal."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="getme",
        description="Sign in at a getme server, see who is signed in, sign out.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"getme {version('getme')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    login = commands.add_parser("login", help="sign in, and keep the session for you alone")
    _add_server(login)
    login.add_argument("--email", help="the address to sign in with; asked for without it")
    login.add_argument(
        "--password-stdin", action="store_true", help="read the password from a line of stdin"
    )
    login.set_defaults(command=_login)

    whoami = commands.add_parser("whoami", help="show who is signed in, as the server knows it")
    whoami.add_argument("--json", action="store_true", help="print one JSON object")
    whoami.set_defaults(command=_whoami)

    logout = commands.add_parser("logout", help="end the session at the server, and forget it")
    logout.set_defaults(command=_logout)

    health = commands.add_parser("health", help="ask whether a server can answer, for probes")
    _add_server(health)
    health.add_argument(
        "--live", action="store_true", help="only whether it lives: its store may be away"
    )
    health.set_defaults(command=_health)

    completion = commands.add_parser("completion", help="print what a shell completes getme by")
    completion.add_argument("shell", choices=_COMPLETED_BY)
    completion.set_defaults(command=_completion)
    return parser


def _add_server(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--address",
        default=DEFAULT_ADDRESS,
        metavar="HOST:PORT",
        help="of the server's gRPC (%(default)s); of several with commas, or dns:///NAME:PORT",
    )
    command.add_argument("--tls", action="store_true", help="TLS, with the system's roots")
    command.add_argument("--ca", type=Path, metavar="FILE", help="TLS, with these roots (PEM)")
    command.add_argument("--cert", type=Path, metavar="FILE", help="own certificate (mutual TLS)")
    command.add_argument("--key", type=Path, metavar="FILE", help="key of that certificate")
