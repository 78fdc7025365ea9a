"""Faults of a page are seen, so that the other tests of this folder mean what they say."""

from playwright.sync_api import Browser

from tests.browser.faults import Faults
from tests.integration.rest_accounts.rest_people import RestSystem

# What a page does, and what is then told of it.
FAULTS = {
    "() => { Promise.reject(new Error('by itself')); }": "error: by itself",
    "() => console.error('of a script')": "console: of a script",
    "() => document.head.append(document.createElement('style'))": "console: Applying inline style",
    "() => fetch('http://localhost:1/').catch(() => 0)": "console: Connecting to 'http://localhost",
    "() => fetch('/account/any/none.js')": "404 for /account/any/none.js",
}


def test_each_kind_of_fault_is_seen(browser: Browser, rest: RestSystem) -> None:
    tab, faults = browser.new_page(), Faults()
    faults.watch(tab)
    tab.goto(f"http://{rest.gateway.address}/")
    tab.get_by_role("heading", name="Sign in").wait_for()
    assert faults.seen == []
    for script, told in FAULTS.items():
        tab.evaluate(script)
        tab.evaluate("() => new Promise(requestAnimationFrame)")
        assert any(each.startswith(told) for each in faults.seen), faults.seen
        faults.seen.clear()
    tab.context.close()
