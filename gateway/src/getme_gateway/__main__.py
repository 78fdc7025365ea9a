"""The command `getme-gateway`: reads the settings, starts, and says in one line why it cannot."""

import signal
from importlib.metadata import version
from typing import Annotated, Literal, NoReturn

import typer

EXIT_FAILURE = 1
EXIT_USAGE = 2

_NAME = "getme-gateway"

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"{_NAME} {version(_NAME)}")
        raise typer.Exit


@app.callback()
def gateway(
    *,
    _version: Annotated[  # the callback answers
        bool,
        typer.Option(
            "--version",
            help="Show the version and exit.",
            callback=_show_version,
            is_eager=True,
        ),
    ] = False,
) -> None:
    """The REST gateway of the getme current-user service."""


@app.command()
def serve() -> None:
    """Answer browsers by asking getme-server. Settings are GETME_* environment variables."""
    # Here, not above: --help and --version need not wait for pydantic and gRPC.
    from getme.program.certificates import CertificateRefused  # noqa: PLC0415
    from getme.program.listening import PortRefused  # noqa: PLC0415
    from getme.program.logs import configure_logs  # noqa: PLC0415
    from getme.program.settings import SettingsError, load  # noqa: PLC0415
    from getme_gateway.server import ServingEnded  # noqa: PLC0415
    from getme_gateway.settings import GatewaySettings  # noqa: PLC0415
    from getme_gateway.transcoding.errors import ContractError  # noqa: PLC0415
    from getme_gateway.wiring import run  # noqa: PLC0415

    try:
        settings = load(GatewaySettings)
    except SettingsError as fault:
        _fail(str(fault), EXIT_USAGE)
    threshold = configure_logs(log_format=settings.log_format, level=settings.log_level)
    try:
        run(settings, threshold)
    except (PortRefused, ContractError, CertificateRefused, ServingEnded) as fault:
        _fail(str(fault), EXIT_FAILURE)


@app.command()
def openapi(
    names: Annotated[
        Literal["columns", "camel"], typer.Option(help="How members of answers are spelt.")
    ] = "columns",
) -> None:
    """Print the description of the REST API (OpenAPI 3.1), as /openapi.json answers it."""
    # Here, not above, as in `serve`.
    from getme_gateway.openapi.document import document  # noqa: PLC0415
    from getme_gateway.transcoding.json_names import JsonNames  # noqa: PLC0415

    typer.echo(document(JsonNames(names)), nl=False)


@app.command()
def doctor(
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object, for programs.")
    ] = False,
    fail_on: Annotated[
        Literal["error", "warning"],
        typer.Option(help="From which severity on the exit code is 1."),
    ] = "error",
) -> None:
    """Look at the server that is asked, TLS, the addresses and the origins.

    FAIL: requests fail, or will; the exit code is 1. WARN: it works and is unsafe, or will break.
    """
    # Here, not above, as in `serve`.
    from getme.program.diagnosis import report  # noqa: PLC0415
    from getme.program.settings import SettingsError, load  # noqa: PLC0415
    from getme_gateway.doctor import look  # noqa: PLC0415
    from getme_gateway.settings import GatewaySettings  # noqa: PLC0415

    try:
        settings = load(GatewaySettings)
    except SettingsError as fault:
        _fail(str(fault), EXIT_USAGE)
    looked = look(settings)
    typer.echo(report.as_json(looked) if as_json else report.as_text(looked))
    if report.fails(looked, report.FailOn(fail_on)):
        raise typer.Exit(EXIT_FAILURE)


def _fail(reason: str, code: int) -> NoReturn:
    for line in reason.splitlines():
        typer.echo(f"{_NAME}: {line}", err=True)
    raise typer.Exit(code)


def main() -> None:
    """Runs the command line."""
    # Until `serve` handles it, Ctrl-C ends the program at once, without a traceback of whatever is
    # being imported.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    app(prog_name=_NAME)


if __name__ == "__main__":
    main()
