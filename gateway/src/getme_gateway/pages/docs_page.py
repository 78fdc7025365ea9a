"""The API reference at `/docs`: Swagger UI on the gateway's own description, from `docs/`.

`scripts/vendor_docs_ui.py` says where its files are from. Its policy lets it load them and ask
its own origin.
"""

from functools import cache
from importlib.resources import files

from getme_gateway.pages.page import page_rows
from getme_gateway.route_table import Endpoint
from getme_gateway.transcoding.path_templates import PathTemplate, parse_template

PATH = parse_template("/docs")
_DIRECTIVES = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
)
POLICY = "; ".join(_DIRECTIVES)


@cache  # compressing takes a while, and tests make many route tables
def docs_page_rows() -> tuple[tuple[str, PathTemplate, Endpoint], ...]:
    """Rows of the route table."""
    folder = files(__package__) / "docs"
    return tuple(page_rows(folder, at=PATH, files_under="/docs", policy=POLICY))
