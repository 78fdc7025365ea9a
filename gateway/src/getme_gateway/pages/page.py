"""A page of the gateway: its HTML at one path, its files at others that name their version.

The HTML says `{version}` where its links need it. One version stands for all files, so that
modules can import each other by relative paths and still be kept for ever. An address with
another version is answered with the files as they are now, not to be kept: while gateways are
replaced by newer ones, a page from one may get its files from another.
"""

from collections.abc import Iterator
from importlib.resources.abc import Traversable

from getme_gateway.http_messages import Headers
from getme_gateway.pages.assets import Asset, content_type_of, files_of, version_of
from getme_gateway.route_table import Endpoint
from getme_gateway.transcoding.path_templates import PathTemplate, parse_template

INDEX = "index.html"
_VERSION = b"{version}"


def page_rows(
    folder: Traversable, *, at: PathTemplate, files_under: str, policy: str
) -> Iterator[tuple[str, PathTemplate, Endpoint]]:
    """Rows of the route table for a folder with an index.html.

    at: where the page itself is. files_under: path of the other files, without a slash at its end;
    the version follows it. policy: Content-Security-Policy of the page.
    """
    files = dict(files_of(folder))
    version = version_of(files)
    html = files.pop(INDEX).replace(_VERSION, version.encode())
    headers: Headers = ((b"content-security-policy", policy.encode()),)
    page = Asset(html, content_type_of(INDEX), headers=headers)
    yield "GET", at, page
    for name, content in files.items():
        asset = Asset(content, content_type_of(name), version=version)
        yield "GET", parse_template(f"{files_under}/{{version}}/{name}"), asset
