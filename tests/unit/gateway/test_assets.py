"""How the pages' files are served: coding, version, what browsers may keep, and their policy."""

import asyncio
import gzip
import re
from collections.abc import Callable, Sequence

import pytest

from getme_gateway.http_messages import Request, Response
from getme_gateway.pages.assets import Asset
from getme_gateway.pages.content_coding import prefers_gzip
from tests.unit.gateway.gateway_in_test import Answer, Gateway

LONG = b"body { color: black }\n" * 50
GZIP = (b"accept-encoding", b"gzip, deflate, br")


def header(answer: Answer | Response, name: bytes) -> bytes:
    """The value of a header that must be there once."""
    (value,) = [value for key, value in answer.headers if key == name]
    return value


def module_path(gateway: Gateway) -> str:
    """Where the page gets its first module."""
    html = gateway.ask("GET", "/").body.decode()
    found = re.search(r'src="(/account/[0-9a-f]{16}/[a-z_]+\.js)"', html)
    assert found, html
    return found[1]


@pytest.mark.parametrize(
    ("values", "preferred"),
    [
        pytest.param([], False, id="no header"),
        pytest.param([b""], False, id="empty"),
        pytest.param([b"gzip"], True, id="gzip"),
        pytest.param([b"GZip"], True, id="other case"),
        pytest.param([b"x-gzip"], True, id="old name"),
        pytest.param([b"br, gzip;q=0.8"], True, id="weighed"),
        pytest.param([b"br", b"gzip"], True, id="two headers"),
        pytest.param([b"gzip;q=0"], False, id="refused"),
        pytest.param([b"gzip;q=0.000"], False, id="refused with decimals"),
        pytest.param([b"gzip;q=0, *"], False, id="refused, any other"),
        pytest.param([b"*"], True, id="any"),
        pytest.param([b"*;q=0"], False, id="none at all"),
        pytest.param([b"identity"], False, id="only as it is"),
        pytest.param([b"identity;q=0"], False, id="not as it is, nothing else named"),
        pytest.param([b"identity;q=0, gzip;q=0.1"], True, id="not as it is"),
        pytest.param([b"identity;q=0, *;q=0.1"], True, id="not as it is, any other"),
        pytest.param([b"identity;q=0.5, gzip;q=0.4"], False, id="rather as it is"),
        pytest.param([b"identity , gzip ; q=1"], True, id="spaces"),
        pytest.param([b"*;q=0.5, identity"], False, id="any less than as it is"),
        pytest.param([b"gzip;q=2"], False, id="impossible weight"),
        pytest.param([b"gzip;level=9"], False, id="unknown parameter"),
        pytest.param([b"gzipped"], False, id="another word"),
    ],
)
def test_accept_encoding_is_read_by_its_weights(values: list[bytes], *, preferred: bool) -> None:
    assert prefers_gzip(values) == preferred


RequestWith = Callable[..., Request]


def ask(
    asset: Asset,
    request_with: RequestWith,
    *headers: tuple[bytes, bytes],
    path: Sequence[bytes] = (),
) -> Response:
    return asyncio.run(asset(request_with(headers=headers), list(path)))


def test_both_forms_are_the_same_file_with_etags_of_their_own(request_with: RequestWith) -> None:
    asset = Asset(LONG, "text/css; charset=utf-8")
    plain, zipped = ask(asset, request_with), ask(asset, request_with, GZIP)
    assert gzip.decompress(zipped.body) == plain.body == LONG
    assert header(zipped, b"content-encoding") == b"gzip"
    assert b"content-encoding" not in dict(plain.headers)
    assert header(plain, b"etag") != header(zipped, b"etag")
    assert header(plain, b"vary") == header(zipped, b"vary") == b"Accept-Encoding"


def test_what_would_not_shrink_is_sent_as_it_is(request_with: RequestWith) -> None:
    answer = ask(Asset(b"x", "text/plain"), request_with, GZIP)
    assert (answer.body, b"content-encoding" in dict(answer.headers)) == (b"x", False)


@pytest.mark.parametrize("coding", [(), (GZIP,)], ids=["as it is", "gzip"])
def test_who_holds_a_form_gets_304_with_the_headers_that_it_needs(
    request_with: RequestWith, coding: tuple[tuple[bytes, bytes], ...]
) -> None:
    policy = (b"content-security-policy", b"default-src 'self'")
    asset = Asset(LONG, "text/css; charset=utf-8", headers=(policy,))
    full = ask(asset, request_with, *coding)
    held = (b"if-none-match", header(full, b"etag"))
    unchanged = ask(asset, request_with, held, *coding)
    assert (unchanged.status, unchanged.body) == (304, b"")
    for name in (b"etag", b"vary", b"cache-control", b"content-security-policy"):
        assert header(unchanged, name) == header(full, name)


def test_only_the_address_with_the_right_version_may_be_kept_for_ever(
    request_with: RequestWith,
) -> None:
    asset = Asset(LONG, "text/css", version="0a1b")
    right, wrong = (ask(asset, request_with, path=[each]) for each in (b"0a1b", b"0a1c"))
    assert header(right, b"cache-control") == b"public, max-age=31536000, immutable"
    assert header(wrong, b"cache-control") == b"no-cache"
    assert right.body == wrong.body


def test_the_account_page_carries_its_own_policy_alone(gateway: Gateway) -> None:
    first = gateway.ask("GET", "/")
    again = gateway.ask("GET", "/", headers=[(b"if-none-match", header(first, b"etag"))])
    assert (first.status, again.status) == (200, 304)
    for answer in (first, again):
        assert b"script-src 'self'" in header(answer, b"content-security-policy")
        assert b"unsafe" not in header(answer, b"content-security-policy")
        assert header(answer, b"cache-control") == b"no-cache"
    assert header(first, b"content-type") == b"text/html; charset=utf-8"


def test_the_account_page_names_its_files_by_their_version(gateway: Gateway) -> None:
    answer = gateway.ask("GET", module_path(gateway), headers=[GZIP])
    assert answer.status == 200
    assert header(answer, b"content-type") == b"text/javascript; charset=utf-8"
    assert b"immutable" in header(answer, b"cache-control")
    assert header(answer, b"content-encoding") == b"gzip"


@pytest.mark.parametrize("path", ["/account", "/account/x/index.html", "/account/x/../y.js", "//"])
def test_nothing_else_is_served(gateway: Gateway, path: str) -> None:
    assert gateway.ask("GET", path).status == 404


def test_a_page_is_only_read(gateway: Gateway) -> None:
    answer = gateway.ask("POST", "/", {})
    assert answer.status == 405
    assert header(answer, b"allow").startswith(b"GET, HEAD")
