"""Metadata up to the limit passes, more is TOO_LARGE, each time the same."""

from typing import Any

import grpc
import pytest

from getme.program.limits import MAX_METADATA_BYTES
from getme.v1.user_service_pb2 import GetUserResponse
from getme_server.interceptors.errors import ErrorTranslation
from getme_server.interceptors.limits import MetadataLimit
from tests.unit.interceptors.serving import Metadata, serve

FEW = 500  # what grpcio itself sends with each call is less

LARGE: dict[str, Metadata] = {
    "one value over it": (("x-large", "x" * MAX_METADATA_BYTES),),
    "one value three times over it": (("x-large", "x" * 3 * MAX_METADATA_BYTES),),
    "many that are over it together": tuple((f"x-{n}", "x" * 100) for n in range(300)),
    "many empty ones": tuple((f"x-{n}", "") for n in range(1_000)),
    "binary": (("x-large-bin", bytes(MAX_METADATA_BYTES)),),
}
SMALL: dict[str, Metadata] = {
    "none": (),
    "one value just below it": (("x-large", "x" * (MAX_METADATA_BYTES - FEW)),),
    "many below it": tuple((f"x-{n}", "x" * 100) for n in range(200)),
}


def unary(_request: Any, _context: Any) -> GetUserResponse:
    return GetUserResponse()


@pytest.mark.parametrize("metadata", LARGE.values(), ids=LARGE)
def test_metadata_over_the_limit_is_always_too_large(metadata: Metadata) -> None:
    with serve({"unary": unary}, [ErrorTranslation(), MetadataLimit()]) as server:
        refusals = [server.refused(metadata=metadata) for _ in range(20)]
    assert {(refusal.code, refusal.reason) for refusal in refusals} == {
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_LARGE")
    }


@pytest.mark.parametrize("metadata", SMALL.values(), ids=SMALL)
def test_metadata_below_the_limit_always_passes(metadata: Metadata) -> None:
    with serve({"unary": unary}, [ErrorTranslation(), MetadataLimit()]) as server:
        for _ in range(20):
            assert server.call(metadata=metadata) == [b""]
