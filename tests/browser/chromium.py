"""The system's Chromium, and how it is started."""

import shutil

OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu")


def find_chromium() -> str | None:
    """Path of the program, under either of the names that systems give it."""
    return shutil.which("chromium") or shutil.which("chromium-browser")
