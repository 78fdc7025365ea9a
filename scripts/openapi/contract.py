"""What the generator reads: the protos as the gateway has them, and what their source adds."""

from typing import Any, NamedTuple

from getme_gateway.transcoding.annotations import RpcRoute, rpc_routes
from getme_gateway.transcoding.json_names import JsonNames
from getme_gateway.wiring import CONTRACT
from protos.generate import descriptors
from scripts.openapi.comments import Comments, comments_of
from scripts.openapi.validation_rules import ValidationRules

Json = dict[str, Any]


class Contract(NamedTuple):
    """routes: in the order of the protos. comments: without the names of what they stand at."""

    routes: list[RpcRoute]
    comments: Comments
    rules: ValidationRules


class Spelling(NamedTuple):
    """A contract, and how its fields are spelt in one document."""

    contract: Contract
    names: JsonNames


def read_contract() -> Contract:
    """Compiles the protos, with buf from the PATH."""
    files = descriptors()
    return Contract(rpc_routes(CONTRACT), comments_of(files), ValidationRules(files))
