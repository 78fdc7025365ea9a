"""The page over the gateway's own TLS, as people meet it where no proxy stands before it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from tests.accounts import CHEAP_ACCOUNTS
from tests.browser.account_page import AccountPage
from tests.browser.conftest import NewWindow
from tests.conftest import NewStore
from tests.integration.rest_accounts.rest_people import RestSystem
from tests.servers.cassandra_certificates import Authority
from tests.servers.programs import start_gateway, start_server

HOST = "127.0.0.1"


@pytest.fixture
def secure(tmp_path: Path, new_store: NewStore) -> Iterator[RestSystem]:
    """A system whose gateway speaks TLS."""
    authority = Authority(tmp_path / "ca")
    certificate, key = authority.issue("gateway", HOST)
    tls = {"GETME_GATEWAY_TLS_CERT": str(certificate), "GETME_GATEWAY_TLS_KEY": str(key)}
    settings = CHEAP_ACCOUNTS | {"GETME_STORE": new_store("sqlite")}
    with (
        start_server(tmp_path, settings) as server,
        start_gateway(tmp_path, server.address, tls) as gateway,
        httpx.Client(
            base_url=f"https://{gateway.address}",
            verify=authority.client_context(certificate, key),
            trust_env=False,
        ) as http,
    ):
        yield RestSystem(server, gateway, http)


def test_one_signs_in_changes_a_name_and_signs_out(
    secure: RestSystem, new_window: NewWindow
) -> None:
    window = new_window(ignore_https_errors=True)
    page = AccountPage.opened(window, secure)
    page.sign_in(secure.new_user().email)
    tokens = [each for each in window.cookies() if each["name"].startswith("__")]
    assert len(tokens) == 3
    assert all(each["secure"] and each["httpOnly"] for each in tokens)
    page.fill({"Last name": "King"}, page.section("Profile"))
    page.press("Save changes")
    expect(page.tab.get_by_text("Ada King")).to_be_visible()
    answer = page.tab.reload()
    assert answer is not None
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    page.is_signed_in()
    page.press("Sign out")
    page.is_signed_out("You are signed out.")
    assert window.cookies() == []
