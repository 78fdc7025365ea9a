"""The command line of `getme-server`: its commands, and how their faults are told."""

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from getme.program.certificates import CertificateRefused
from getme.program.listening import PortRefused
from getme.program.logs import finish_logs
from getme.program.settings import SettingsError
from getme_server.accounts.errors import StoreUnavailable
from getme_server.commands import keys, token, user
from getme_server.commands.doctor import doctor
from getme_server.commands.import_ import import_
from getme_server.commands.migrate import migrate
from getme_server.commands.serve import serve
from getme_server.csv_import.faults import ImportRefused
from getme_server.key_files.errors import ChangeRefused
from getme_server.stores.errors import StoreNotReady
from getme_server.supervisor import WorkerFailed
from getme_server.tokens.errors import KeyRefused

EXIT_FAILURE = 1
EXIT_SETTINGS = 2

app = typer.Typer(
    name="getme-server",
    help="The current-user service: who is calling, and may they?",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(serve)
app.command()(migrate)
app.command("import")(import_)
app.command()(doctor)
app.add_typer(token.app, name="token")
app.add_typer(keys.app, name="keys")
app.add_typer(user.app, name="user")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"getme-server {version('getme-server')}")
        raise typer.Exit


@app.callback()
def getme_server(
    *,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Name the program; the commands do the work."""


def run() -> None:
    """Runs a command; what a person can mend is told in a line, without a traceback."""
    try:
        app()
    except (SettingsError, KeyRefused, CertificateRefused) as wrong:
        _fail(wrong, EXIT_SETTINGS)
    except (StoreNotReady, ImportRefused, PortRefused, WorkerFailed, ChangeRefused) as refused:
        _fail(refused, EXIT_FAILURE)
    except StoreUnavailable as unavailable:
        finish_logs()
        typer.echo(f"getme-server: {unavailable.message} ({unavailable.cause})", err=True)
        sys.exit(EXIT_FAILURE)


def _fail(error: Exception, exit_code: int) -> None:
    finish_logs()  # what came before it is read before it
    for line in str(error).splitlines():
        typer.echo(f"getme-server: {line}", err=True)
    sys.exit(exit_code)
