"""Services with the drop-in answer as the gateway does, reason for reason."""

import json

import getme
from getme.errors import ErrorDetails
from getme.http_refusal import ANSWERS, http_refusal_of
from getme_gateway import problem
from tests.unit.dropins.scripted_clients import failure


def test_statuses_and_titles_are_those_of_the_gateway() -> None:
    assert {reason: problem.ANSWERS[reason] for reason in ANSWERS} == ANSWERS


def test_an_answer_is_that_of_the_gateway() -> None:
    error = failure(getme.Unauthenticated, "TOKEN_REVOKED", request_id="r1")
    ours, gateways = http_refusal_of(error), problem.failed(error, "r1")
    assert ours.status == gateways.status
    assert json.loads(ours.body) == json.loads(gateways.body)
    names = {name.encode(): value.encode() for name, value in ours.headers}
    assert names == dict(gateways.headers)


def test_a_reason_of_a_newer_server_has_the_status_of_its_class() -> None:
    error = getme.PermissionDenied("not today", reason="TOO_YOUNG", details=ErrorDetails())
    assert http_refusal_of(error).status == 403
