"""The account page at `/`: plain HTML, CSS and modules, in `account/`.

It is a user of the REST API like any other and nothing is rendered for it here. Its policy lets it
load its own files and talk to its own origin, and nothing else.
"""

from functools import cache
from importlib.resources import files

from getme_gateway.pages.page import page_rows
from getme_gateway.route_table import Endpoint
from getme_gateway.transcoding.path_templates import ROOT, PathTemplate

_DIRECTIVES = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    # What people wrote reaches the page as text nodes only; the browser refuses anything else.
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
)
POLICY = "; ".join(_DIRECTIVES)


@cache  # compressing takes a while, and tests make many route tables
def account_page_rows() -> tuple[tuple[str, PathTemplate, Endpoint], ...]:
    """Rows of the route table."""
    folder = files(__package__) / "account"
    return tuple(page_rows(folder, at=ROOT, files_under="/account", policy=POLICY))
