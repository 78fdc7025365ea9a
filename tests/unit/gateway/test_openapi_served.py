"""Where the OpenAPI document is to be had: from the gateway, and from its command."""

import gzip
from pathlib import Path

import pytest

from getme_gateway.openapi.document import document
from getme_gateway.transcoding.json_names import JsonNames
from tests.servers.programs import run_command
from tests.unit.gateway.gateway_in_test import Answer, Gateway

GZIP = (b"accept-encoding", b"gzip")


def header(answer: Answer, name: bytes) -> bytes:
    (value,) = [value for key, value in answer.headers if key == name]
    return value


@pytest.mark.parametrize("names", list(JsonNames), ids=str)
def test_the_gateway_answers_the_document_of_its_own_spelling(
    gateway: Gateway, camel_gateway: Gateway, names: JsonNames
) -> None:
    asked = camel_gateway if names is JsonNames.CAMEL else gateway
    answer = asked.ask("GET", "/openapi.json")
    assert (answer.status, answer.body) == (200, document(names))
    assert header(answer, b"content-type") == b"application/json"
    assert header(answer, b"cache-control").startswith(b"public")


def test_who_has_the_document_is_not_sent_it_again(gateway: Gateway) -> None:
    etag = header(gateway.ask("GET", "/openapi.json"), b"etag")
    again = gateway.ask("GET", "/openapi.json", headers=[(b"if-none-match", etag)])
    assert (again.status, again.body) == (304, b"")


def test_the_document_is_compressed_for_who_takes_that(gateway: Gateway) -> None:
    answer = gateway.ask("GET", "/openapi.json", headers=[GZIP])
    assert header(answer, b"content-encoding") == b"gzip"
    assert gzip.decompress(answer.body) == document(JsonNames.COLUMNS)
    assert len(answer.body) < 20_000


@pytest.mark.parametrize(
    ("options", "names"),
    [
        pytest.param([], JsonNames.COLUMNS, id="as is"),
        pytest.param(["--names", "columns"], JsonNames.COLUMNS, id="columns"),
        pytest.param(["--names", "camel"], JsonNames.CAMEL, id="camel"),
    ],
)
def test_the_command_prints_the_document(
    tmp_path: Path, options: list[str], names: JsonNames
) -> None:
    done = run_command(["getme-gateway", "openapi", *options], tmp_path, {})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.encode() == document(names)


def test_the_command_says_which_spellings_there_are(tmp_path: Path) -> None:
    done = run_command(["getme-gateway", "openapi", "--names", "kebab"], tmp_path, {})
    assert done.returncode == 2
    assert all(name in done.stderr for name in JsonNames)


def test_the_page_of_the_reference_allows_no_inline_code(gateway: Gateway) -> None:
    answer = gateway.ask("GET", "/docs")
    policy = header(answer, b"content-security-policy").decode()
    assert answer.status == 200
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
