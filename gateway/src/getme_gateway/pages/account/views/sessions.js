// Where one is signed in, and ending that.

import { deviceOf } from "../devices.js";
import { askFirst } from "../dialog.js";
import { announce, el, focusOn } from "../dom.js";
import { ago, day, minute } from "../moments.js";
import { explain } from "../refusals.js";
import { SessionLost } from "../session.js";
import { sessionsOf } from "../spelling.js";
import { text } from "../text.js";
import { section } from "./section.js";

const SESSIONS = "/users/me/sessions";
const SHOWN_AT_FIRST = 6;

// element, and load to show the sessions as they are now. onEndedEverywhere: this one has ended too.
export function sessionsSection({ session, onEndedEverywhere }) {
  const list = el("ul", { class: "sessions" });
  const note = el("p", { class: "hint" }, text.sessions.loading);
  const alert = el("div", { class: "alert", role: "alert", hidden: true });
  const more = el("button", { type: "button", class: "button quiet", hidden: true });
  const everywhere = el(
    "button",
    { type: "button", class: "button quiet", onclick: askEverywhere },
    text.sessions.everywhere,
  );
  const element = section(
    { id: "sessions-section", title: text.sessions.title, about: text.sessions.about },
    alert,
    list,
    note,
    el("div", { class: "actions" }, more, everywhere),
  );

  async function load() {
    try {
      show(sessionsOf((await session.ask("GET", SESSIONS)).body));
      alert.hidden = true;
    } catch (failure) {
      tell(failure, load);
    }
  }

  function show(sessions) {
    // The server's order is by use; this one first, as it is what the others are compared with.
    const ordered = [...sessions].sort((one, other) => other.isCurrent - one.isCurrent);
    const rows = ordered.map(row);
    list.replaceChildren(...rows.slice(0, SHOWN_AT_FIRST));
    note.textContent = sessions.length > 1 ? "" : text.sessions.alone;
    const others = rows.slice(SHOWN_AT_FIRST);
    more.hidden = others.length === 0;
    more.textContent = text.sessions.more(others.length);
    more.onclick = () => {
      list.append(...others);
      more.hidden = true;
      focusOn(others[0]);
    };
  }

  function row(each) {
    const device = deviceOf(each.userAgent);
    const details = [
      each.isCurrent ? text.sessions.inUse : text.sessions.lastUsed(ago(each.lastUsed)),
      text.sessions.signedIn(day(each.created)),
      each.address,
    ].filter(Boolean);
    const current = el("span", { class: "badge good" }, text.sessions.current);
    const end = el(
      "button",
      {
        type: "button",
        class: "button quiet small",
        "aria-label": text.sessions.endNamed(`${device.name}, ${details.join(", ")}`),
        onclick: () => endOne(each, device.name),
      },
      text.sessions.end,
    );
    return el(
      "li",
      { class: "session", "data-session": each.id },
      el("span", { class: `device ${device.kind}`, "aria-hidden": "true" }),
      el(
        "div",
        { class: "session-words" },
        el("p", { class: "session-name", title: each.userAgent }, device.name),
        el("p", { class: "hint", title: minute(each.lastUsed) }, details.join(" · ")),
        device.isKnown || !each.userAgent ? null : el("p", { class: "hint raw" }, each.userAgent),
      ),
      each.isCurrent ? current : end,
    );
  }

  async function endOne(each, name) {
    try {
      await session.ask("DELETE", `${SESSIONS}/${encodeURIComponent(each.id)}`);
    } catch (failure) {
      if (failure.reason !== "SESSION_NOT_FOUND") {
        tell(failure, () => endOne(each, name));
        return;
      }
    }
    announce(text.sessions.ended(name));
    await load();
    focusOn(element.querySelector("h2"));
  }

  function askEverywhere() {
    askFirst({
      id: "everywhere",
      title: text.sessions.everywhereTitle,
      body: [text.sessions.everywhereBody],
      form: {
        fields: [],
        submit: text.sessions.everywhere,
        busy: text.sessions.everywhereBusy,
        onSubmit: async () => {
          await session.ask("DELETE", SESSIONS);
          onEndedEverywhere();
        },
      },
    });
  }

  function tell(failure, again) {
    if (failure instanceof SessionLost) {
      return;
    }
    note.textContent = "";
    const { message, requestId } = explain(failure);
    alert.replaceChildren(
      el("p", {}, message),
      requestId ? el("p", { class: "request-id" }, text.requestId(requestId)) : "",
      el("button", { type: "button", class: "button quiet small", onclick: again }, text.retry),
    );
    alert.hidden = false;
  }

  return { element, load };
}
