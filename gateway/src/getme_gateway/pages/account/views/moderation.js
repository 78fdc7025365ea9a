// For moderators: find somebody, suspend, reactivate.

import { askFirst } from "../dialog.js";
import { announce, el, focusOn } from "../dom.js";
import { Form } from "../form.js";
import { day, minute } from "../moments.js";
import { foundOf, nameOf, userOf } from "../spelling.js";
import { text } from "../text.js";
import { section } from "./section.js";

const USER_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const BARRED = new Set(["suspended", "locked", "inactive", "banned"]);
const ROLES = new Set(["viewer", "creator", "moderator"]);

// selfId: a moderator's own user ID.
export function moderationSection({ session, selfId }) {
  const result = el("div", { class: "found", role: "region", "aria-label": text.moderation.found });
  result.hidden = true;

  const form = new Form({
    id: "find",
    fields: [{ name: "user", label: text.fields.user, autocomplete: "off", spellcheck: "false" }],
    submit: text.moderation.submit,
    busy: text.moderation.busy,
    places: {
      USER_NOT_FOUND: ["user", text.moderation.none],
      INVALID_FIELD: ["user", text.moderation.none],
    },
    onSubmit: async ({ values }) => {
      result.hidden = true;
      const given = values.user.trim();
      const body = USER_ID.test(given) ? { user_id: given.toLowerCase() } : { email: given };
      const found = foundOf((await session.ask("POST", "/admin/users/find", { body })).body);
      show(found);
      focusOn(result);
    },
  });

  function show({ user, isLocked }) {
    result.replaceChildren(
      el(
        "div",
        { class: "found-head" },
        el("h3", { class: "found-name" }, nameOf(user) || text.moderation.noName),
        statusBadge(user.status),
      ),
      el(
        "dl",
        { class: "facts" },
        ...fact(text.moderation.email, user.email),
        ...fact(text.moderation.id, user.id, "raw"),
        ...fact(text.moderation.since, user.created ? day(user.created) : "–"),
        ...fact(
          text.moderation.lastSignIn,
          user.lastSignIn ? minute(user.lastSignIn) : text.moderation.never,
        ),
      ),
      isLocked ? el("p", { class: "hint" }, text.moderation.locked) : "",
      user.id === selfId
        ? el("p", { class: "hint" }, text.moderation.self)
        : action(user, isLocked),
    );
    result.hidden = false;
  }

  function action(user, isLocked) {
    const name = nameOf(user) || user.email;
    const change = async (status, said) => {
      const path = `/admin/users/${encodeURIComponent(user.id)}/account_status`;
      const { body } = await session.ask("PUT", path, { body: { account_status: status } });
      show({ user: userOf(body), isLocked });
      announce(said);
      focusOn(result);
    };
    if (BARRED.has(user.status)) {
      return new Form({
        id: "reactivate",
        fields: [],
        submit: text.moderation.reactivate,
        busy: text.moderation.reactivateBusy,
        onSubmit: () => change("active", text.moderation.reactivated(name)),
      }).element;
    }
    const ask = () =>
      askFirst({
        id: "suspend",
        title: text.moderation.suspendTitle(name),
        body: [
          text.moderation.suspendBody,
          ...(ROLES.has(user.status) ? [text.moderation.suspendRole(user.status)] : []),
        ],
        form: {
          fields: [],
          submit: text.moderation.suspendSubmit,
          busy: text.moderation.suspendBusy,
          kind: "danger",
          onSubmit: () => change("suspended", text.moderation.suspended(name)),
        },
      });
    return el(
      "button",
      { type: "button", class: "button danger-quiet", onclick: ask },
      text.moderation.suspend,
    );
  }

  return section(
    { id: "moderation-section", title: text.moderation.title, about: text.moderation.about },
    form.element,
    result,
  );
}

export function statusBadge(status) {
  const kind = BARRED.has(status) ? "bad" : "good";
  return el("span", { class: `badge ${kind}` }, text.statuses[status] ?? status);
}

function fact(term, value, kind = "") {
  return [el("dt", {}, term), el("dd", { class: kind }, value)];
}
