"""What people do on the account page, in steps, so that anything can happen between them.

A flow is prepared up to the press that counts, which is its act; then something is to be seen in
the page, and in what the server has.
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from playwright.sync_api import Locator, expect

from tests.accounts import PASSWORD
from tests.browser.account_page import AccountPage
from tests.browser.moderators import new_moderator, set_status
from tests.integration.rest_accounts.rest_people import RestSystem, SignedIn, fresh_email

NEW_PASSWORD = "quite another set of words"
ELSEWHERE = "python-httpx"  # what the session is called that a person has beside the page's
FIND = "E-mail address or user ID"


class People(NamedTuple):
    """Who does it, and whom it is done to."""

    own: SignedIn
    other: SignedIn


Step = Callable[[AccountPage], None]
StepOf = Callable[[AccountPage, People], None]


class Flow(NamedTuple):
    """person: makes who does it. starts_signed_in: whether the page shows an account before.

    again: does it once more where it failed for a while; without it: act. is_retried: the page does
    so by itself.
    """

    act: Step
    verify: StepOf
    prepare: StepOf = lambda _page, _people: None
    person: Callable[[RestSystem], SignedIn] = RestSystem.new_user
    again: Step | None = None
    is_retried: bool = False
    starts_signed_in: bool = True


def people_of(flow: Flow, rest: RestSystem) -> People:
    """New ones."""
    return People(flow.person(rest), rest.new_user())


def pressed(button: str, *, in_dialog: bool = False) -> Step:
    return lambda page: page.press(button, page.dialog() if in_dialog else None)


def reloaded(page: AccountPage) -> None:
    page.tab.reload(wait_until="commit")


def session_elsewhere(page: AccountPage) -> Locator:
    rows = page.section("Devices").get_by_role("listitem").filter(has_text=ELSEWHERE)
    return rows.filter(has=page.tab.get_by_role("button"))  # which this device has none of


def found(page: AccountPage) -> Locator:
    return page.section("Moderation").get_by_role("region")


def told_or_overtaken(page: AccountPage, told: str) -> None:
    """Waits for what the page tells; it may be that another tab has done it before."""
    overtaken = "changed by somebody else in the meantime"
    text = re.compile(f"{told}|{overtaken}")
    expect(page.tab.get_by_text(text).first).to_be_visible()


def new_to_us(rest: RestSystem) -> SignedIn:
    """Nobody yet; the tokens are those of somebody who used the browser before."""
    return rest.new_user()._replace(email=fresh_email())


def credentials_filled(page: AccountPage, people: People) -> None:
    page.fill({"E-mail address": people.own.email, "Password": PASSWORD})


def registration_filled(page: AccountPage, people: People) -> None:
    page.fill_registration(people.own.email)


def signed_in(page: AccountPage, people: People) -> None:
    page.is_signed_in()
    expect(page.section("Profile")).to_contain_text(people.own.email)


def seen(page: AccountPage, people: People) -> None:
    signed_in(page, people)
    expect(session_elsewhere(page)).to_be_visible()


def name_filled(page: AccountPage, _people: People) -> None:
    page.fill({"Last name": "King"}, page.section("Profile"))


def name_changed(page: AccountPage, people: People) -> None:
    told_or_overtaken(page, r"Saved\.|changed somewhere else")
    expect(page.tab.get_by_text("Ada King")).to_be_visible()
    assert page.rest.me(people.own).json()["lastname"] == "King"


def session_ended(page: AccountPage, people: People) -> None:
    expect(page.section("Devices")).to_contain_text("You are signed in nowhere else.")
    assert page.rest.me(people.own).status_code == 401


def passwords_filled(page: AccountPage, _people: People) -> None:
    given = {"Current password": PASSWORD, "New password": NEW_PASSWORD}
    page.fill(given, page.section("Password"))


def password_changed(page: AccountPage, people: People) -> None:
    told_or_overtaken(page, "Your password is changed|not your password")
    assert page.rest.login(people.own.email, NEW_PASSWORD).status_code == 200
    page.is_signed_in()


def signed_out_here(page: AccountPage, people: People) -> None:
    page.is_signed_out("You are signed out.")
    assert page.tab.context.cookies() == []
    assert page.rest.me(people.own).status_code == 200


def everywhere_asked(page: AccountPage, _people: People) -> None:
    page.press("Sign out everywhere")


def signed_out_everywhere(page: AccountPage, people: People) -> None:
    page.is_signed_out()
    assert page.rest.me(people.own).status_code == 401


def removal_asked(page: AccountPage, _people: People) -> None:
    page.press("Delete account…")
    page.fill({"Password": PASSWORD}, page.dialog())


def removed(page: AccountPage, people: People) -> None:
    page.is_signed_out()
    assert page.rest.login(people.own.email).status_code == 401


def name_of_other_filled(page: AccountPage, people: People) -> None:
    page.fill({FIND: people.other.email})


def other_found(page: AccountPage, people: People) -> None:
    expect(found(page)).to_contain_text(people.other.user_id)


def suspension_asked(page: AccountPage, people: People) -> None:
    name_of_other_filled(page, people)
    page.press("Find")
    page.press("Suspend…")


def suspended(page: AccountPage, people: People) -> None:
    told_or_overtaken(page, "^Suspended$")
    assert page.rest.me(people.other).status_code == 403


def suspended_found(page: AccountPage, people: People) -> None:
    set_status(page.rest, people.other.user_id, "suspended")
    name_of_other_filled(page, people)
    page.press("Find")
    page.tab.get_by_role("button", name="Reactivate").wait_for()


def reactivated(page: AccountPage, people: People) -> None:
    told_or_overtaken(page, "^Active$")
    assert page.rest.login(people.other.email).status_code == 200


FLOWS: Mapping[str, Flow] = {
    "register": Flow(
        prepare=registration_filled,
        act=pressed("Make account"),
        verify=signed_in,
        person=new_to_us,
        starts_signed_in=False,
    ),
    "sign in": Flow(
        prepare=credentials_filled,
        act=pressed("Sign in"),
        verify=seen,
        starts_signed_in=False,
    ),
    "see the profile and the sessions": Flow(act=reloaded, verify=seen, is_retried=True),
    "edit the profile": Flow(
        prepare=name_filled,
        act=pressed("Save changes"),
        verify=name_changed,
    ),
    "end one session": Flow(
        act=lambda page: session_elsewhere(page).get_by_role("button").click(),
        verify=session_ended,
        again=pressed("Try again"),
    ),
    "change the password": Flow(
        prepare=passwords_filled,
        act=pressed("Change password"),
        verify=password_changed,
    ),
    "sign out here": Flow(act=pressed("Sign out"), verify=signed_out_here, is_retried=True),
    "sign out everywhere": Flow(
        prepare=everywhere_asked,
        act=pressed("Sign out everywhere", in_dialog=True),
        verify=signed_out_everywhere,
    ),
    "delete the account": Flow(
        prepare=removal_asked,
        act=pressed("Delete for ever", in_dialog=True),
        verify=removed,
    ),
    "find somebody": Flow(
        prepare=name_of_other_filled,
        act=pressed("Find"),
        verify=other_found,
        person=new_moderator,
    ),
    "suspend somebody": Flow(
        prepare=suspension_asked,
        act=pressed("Suspend", in_dialog=True),
        verify=suspended,
        person=new_moderator,
    ),
    "reactivate somebody": Flow(
        prepare=suspended_found,
        act=pressed("Reactivate"),
        verify=reactivated,
        person=new_moderator,
    ),
}
