"""The OpenAPI document at `/openapi.json`, in the spelling that this gateway answers with."""

from functools import cache
from importlib.resources import files

from getme_gateway.pages.assets import Asset, content_type_of
from getme_gateway.route_table import Endpoint
from getme_gateway.transcoding.json_names import JsonNames
from getme_gateway.transcoding.path_templates import PathTemplate, parse_template

PATH = parse_template("/openapi.json")
# The same for everybody, and new only with another version of the gateway.
CACHE_CONTROL = "public, max-age=300"


def document(names: JsonNames) -> bytes:
    """The document, JSON in UTF-8."""
    return (files(__package__) / file_name(names)).read_bytes()


def file_name(names: JsonNames) -> str:
    """The document's file within this package."""
    return f"{names}.json"


@cache  # compressing takes a while, and tests make many route tables
def document_rows(names: JsonNames) -> tuple[tuple[str, PathTemplate, Endpoint], ...]:
    """Rows of the route table."""
    kind = content_type_of(file_name(names))
    return (("GET", PATH, Asset(document(names), kind, cache_control=CACHE_CONTROL)),)
