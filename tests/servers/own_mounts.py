"""Programs that see something mounted which nobody else sees."""

import subprocess
from collections.abc import Sequence

from tests.servers.installed import installed, lacking


def seeing(mount: str, *, before: Sequence[str] = ()) -> list[str]:
    """Begins a command with a mount of its own; as `lacking` where nobody may mount.

    mount, before: what a shell does first, one after the other.
    """
    alone = [installed("unshare", package="util-linux"), "--mount", "sh", "-c"]
    if subprocess.run([*alone, mount], capture_output=True, check=False).returncode:
        lacking("this machine lets us mount nothing")
    return [*alone, " && ".join((mount, *before, 'exec "$@"')), "sh"]
