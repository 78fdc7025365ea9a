// The account of who is signed in.

import { el } from "../dom.js";
import { day, minute } from "../moments.js";
import { nameOf } from "../spelling.js";
import { text } from "../text.js";
import { moderationSection, statusBadge } from "./moderation.js";
import { passwordSection } from "./password.js";
import { profileSection } from "./profile.js";
import { removalSection } from "./removal.js";
import { sessionsSection } from "./sessions.js";

// me: {user, etag}. onSignOut, onEndedEverywhere, onRemoved: what the person has done.
export function accountView({ session, me, onSignOut, onEndedEverywhere, onRemoved }) {
  const { user } = me;
  const name = el("p", { class: "person-name" }, nameOf(user));
  const initials = el("span", { class: "initials", "aria-hidden": "true" }, initialsOf(user));
  const sessions = sessionsSection({ session, onEndedEverywhere });
  const showName = (changed) => {
    name.textContent = nameOf(changed);
    initials.textContent = initialsOf(changed);
  };
  const facts = [
    user.created && text.account.since(day(user.created)),
    user.lastSignIn && text.account.lastSignIn(minute(user.lastSignIn)),
  ].filter(Boolean);
  const element = el(
    "div",
    { class: "account" },
    el(
      "header",
      { class: "top" },
      el("p", { class: "brand" }, text.product),
      el(
        "button",
        { type: "button", class: "button quiet small", onclick: onSignOut },
        text.account.signOut,
      ),
    ),
    el(
      "main",
      { id: "content", class: "sections" },
      el("h1", { class: "title" }, text.account.title),
      el(
        "div",
        { class: "person" },
        initials,
        el(
          "div",
          { class: "person-words" },
          el("div", { class: "person-head" }, name, statusBadge(user.status)),
          el("p", { class: "hint person-facts" }, ...facts.map((each) => el("span", {}, each))),
        ),
      ),
      profileSection({ session, me, onChange: showName }),
      user.isModerator ? moderationSection({ session, selfId: user.id }) : null,
      sessions.element,
      passwordSection({ session, email: user.email, onChange: sessions.load }),
      removalSection({ session, email: user.email, onRemoved }),
    ),
  );
  sessions.load();
  return element;
}

// First letters as people see them, whatever the alphabet.
function initialsOf(user) {
  const letters = new Intl.Segmenter();
  return [user.firstname, user.lastname]
    .map((each) => [...letters.segment(each)][0]?.segment ?? "")
    .join("")
    .toUpperCase();
}
