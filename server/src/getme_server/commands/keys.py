"""`getme-server keys`: makes the keys file, changes its keys one by one, shows their stages."""

import json
import shlex
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from getme.program.settings import SettingsError, load
from getme_server.commands.duration import seconds
from getme_server.key_files import retirement, rotation
from getme_server.key_files.moments import moment_text
from getme_server.key_files.source import KeysFile
from getme_server.key_files.stages import TAKE_UP_SECONDS, Stage, Stages
from getme_server.settings import ServerSettings
from getme_server.tokens.key import Key

# Twice GETME_GATEWAY_MAX_AGE: others may use the public keys that they have for so long, and
# those they had from a cache in between were that old by then.
DEFAULT_WAIT = "2m"
MAX_WAIT_SECONDS = 2_592_000  # 30 days; a longer one is a typing error


class Algorithm(StrEnum):
    """What a key may be for."""

    ES256 = "ES256"  # the default: short tokens, and unlike EdDSA every JWT library knows it
    RS256 = "RS256"
    EDDSA = "EdDSA"


FileOption = Annotated[
    Path | None,
    typer.Option("--file", metavar="PATH", help="The keys file; without it: GETME_KEYS_FILE."),
]

app = typer.Typer(no_args_is_help=True, help="The keys that sign and verify tokens.")


@app.callback()
def keys() -> None:
    """The keys that sign and verify tokens: GETME_KEYS_FILE, a JSON Web Key Set."""


def _wait_seconds(text: str) -> float:
    wait = seconds(text)
    if wait > MAX_WAIT_SECONDS:
        raise typer.BadParameter("a wait is 0 to 30d; try 2m")
    return wait


@app.command()
def generate(
    *,
    file: FileOption = None,
    algorithm: Annotated[Algorithm, typer.Option(help="What the key is for.")] = Algorithm.ES256,
) -> None:
    """Make a new keys file, with one key that signs from now on."""
    path = _path(file, load(ServerSettings))
    key = rotation.generate(path, algorithm, wall_clock=time.time)
    typer.echo(
        f"made {path} with the {_described(key)}, which signs from now on; only its owner can read"
        " the file. To use it set GETME_KEYS_FILE, and no GETME_SECRET_KEY"
    )


@app.command()
def rotate(
    *,
    file: FileOption = None,
    algorithm: Annotated[
        Algorithm | None, typer.Option(help="Without it: that of the key that signs now.")
    ] = None,
    wait: Annotated[
        float,
        typer.Option(
            parser=_wait_seconds,
            metavar="DURATION",
            help="How long all others have to fetch the key before it signs.",
        ),
    ] = DEFAULT_WAIT,  # type: ignore[assignment]  # typer parses a default, too
) -> None:
    """Publish a new key, which signs after a while; the key before goes on verifying."""
    settings = load(ServerSettings)
    path = _path(file, settings)
    new, before = rotation.rotate(path, algorithm, wait_seconds=wait, wall_clock=time.time)
    typer.echo(f"1. published: {_described(new)} is in {path}; servers take it up within a second")
    if before is None:
        typer.echo("2. sign: it signs from now on, since no other key there can")
        return
    turn = moment_text(new.signs_from)
    retire_from = new.signs_from + TAKE_UP_SECONDS + _token_life_seconds(settings)
    typer.echo(f"2. wait: until {turn} everybody can fetch it")
    typer.echo(f"3. sign: from then on it signs; key {before.key_id} goes on verifying")
    typer.echo(
        f"4. retire: after {moment_text(retire_from)}, when the last token of key {before.key_id}"
        f" has expired (one that was issued with a longer --ttl lives longer), run:"
        f" {_retire_command(before, file)}"
    )


@app.command("list")
def list_(
    *,
    file: FileOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Show the keys and their stages; never a private part."""
    path = _path(file, load(ServerSettings))
    stages = Stages(KeysFile(path).key_set(), time.time())
    if as_json:
        typer.echo(json.dumps([_members(key, stages) for key in stages.keys.keys], indent=2))
        return
    rows = [("KEY ID", "ALGORITHM", "STAGE", "WHEN", "PRIVATE PART")]
    rows += [_row(key, stages) for key in stages.keys.keys]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())


# A key ID is base64url and may begin with a hyphen, which is no option then.
@app.command(context_settings={"ignore_unknown_options": True})
def retire(
    key_id: Annotated[
        str | None,
        typer.Argument(metavar="KEY_ID", help="Without it: all that are done with."),
    ] = None,
    *,
    file: FileOption = None,
    now: Annotated[
        bool, typer.Option("--now", help="Even if good tokens are refused then: a stolen key.")
    ] = False,
) -> None:
    """Take keys out of the file: servers refuse their tokens within a second."""
    settings = load(ServerSettings)
    path = _path(file, settings)
    life = _token_life_seconds(settings)
    if key_id is not None:
        key = retirement.retire(
            path, key_id, now=now, token_life_seconds=life, wall_clock=time.time
        )
        _tell_retired(key, path)
        return
    if now:
        raise typer.BadParameter("--now takes out one key: name it, as keys list shows it")
    done = retirement.retire_expired(path, token_life_seconds=life, wall_clock=time.time)
    for key in done.retired:
        _tell_retired(key, path)
    for key, reason in done.kept:
        typer.echo(f"kept {key.key_id}: {reason}")


def _path(file: Path | None, settings: ServerSettings) -> Path:
    path = file or settings.keys_file
    if path is None:
        raise SettingsError("which keys file? name it with --file PATH, or set GETME_KEYS_FILE")
    return path


def _token_life_seconds(settings: ServerSettings) -> float:
    """How long a token of usual life is taken after it was issued."""
    return settings.access_ttl + settings.token_leeway


def _described(key: Key) -> str:
    return f"key {key.key_id} ({key.algorithm})"


def _retire_command(key: Key, file: Path | None) -> str:
    option = () if file is None else ("--file", str(file))
    return shlex.join(("getme-server", "keys", "retire", key.key_id, *option))


def _tell_retired(key: Key, path: Path) -> None:
    typer.echo(
        f"retired {_described(key)}: it is gone from {path}; servers refuse its tokens within a"
        " second"
    )


def _row(key: Key, stages: Stages) -> tuple[str, str, str, str, str]:
    private = "no" if key.signing is None else "yes"
    return key.key_id, key.algorithm, stages.of(key), _when(key, stages), private


def _when(key: Key, stages: Stages) -> str:
    """Since when a key is in its stage, or when it leaves the first."""
    stage = stages.of(key)
    if stage is Stage.PUBLISHED:
        return f"signs from {moment_text(key.signs_from)}"
    since = key.signs_from if stage is Stage.SIGNING else stages.signed_until(key)
    return f"since {moment_text(since)}" if since else "-"


def _members(key: Key, stages: Stages) -> dict[str, object]:
    until = stages.signed_until(key)
    return {
        "key_id": key.key_id,
        "algorithm": key.algorithm,
        "stage": stages.of(key),
        "signs_from": moment_text(key.signs_from) if key.signs_from else None,
        "signed_until": None if until is None else moment_text(until),
        "private_part": key.signing is not None,
    }
