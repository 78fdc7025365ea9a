"""Files with secrets in them, and who besides their owner can get at them."""

import stat
from pathlib import Path

from getme.program.diagnosis.finding import Finding, warning
from getme.program.settings import secret_files

_IN_KUBERNETES = "(in Kubernetes: defaultMode: 0440)"


def open_secret_files(*names: str) -> list[Finding]:
    """Findings for those of the settings that stand in a file which others can read or change."""
    files = secret_files()
    return [
        warning(
            "secret_file_open",
            f"{name}_FILE: others can read or change it, and be anybody with it; run: chmod 600"
            f" {files[name]} {_IN_KUBERNETES}",
            f"{name}_FILE",
        )
        for name in names
        if name in files and is_open(files[name])
    ]


def open_key(setting: str, path: Path) -> list[Finding]:
    """The finding for the key of a certificate that others can read or change."""
    if not is_open(path):
        return []
    text = f"{setting}: others can read or change it; run: chmod 600 {path} {_IN_KUBERNETES}"
    return [warning("tls_key_open", text, setting)]


def is_open(path: Path) -> bool:
    """Whether others than its owner can write it, or than its owner and its group read it.

    The group may read: it is how Kubernetes gives a secret to a user that is not root.
    """
    try:
        return bool(path.stat().st_mode & (stat.S_IWGRP | stat.S_IRWXO))
    except OSError:
        return False
