// The names, which one can change; the version that was seen goes along (If-Match).

import { el } from "../dom.js";
import { Form } from "../form.js";
import { userOf } from "../spelling.js";
import { text } from "../text.js";
import { section } from "./section.js";

const NAMES = ["firstname", "lastname"];
const ME = "/users/me";

// me: {user, etag}. onChange: is given the user as it is now.
export function profileSection({ session, me, onChange }) {
  let { user, etag } = me;

  const form = new Form({
    id: "profile",
    fields: [
      {
        name: "firstname",
        label: text.fields.firstname,
        value: user.firstname,
        autocomplete: "given-name",
      },
      {
        name: "lastname",
        label: text.fields.lastname,
        value: user.lastname,
        autocomplete: "family-name",
      },
    ],
    inPairs: true,
    submit: text.profile.submit,
    busy: text.profile.busy,
    onSubmit: save,
  });

  async function save() {
    const changes = changed();
    if (Object.keys(changes).length === 0) {
      form.say(text.profile.same);
      return;
    }
    try {
      take(await session.ask("PUT", ME, { body: changes, ifMatch: etag }));
    } catch (failure) {
      if (failure.status !== 412) {
        throw failure;
      }
      await takeNewest();
      form.warn(text.profile.conflict, { requestId: failure.requestId, isNotice: true });
      return;
    }
    form.say(text.profile.done);
  }

  function changed() {
    return Object.fromEntries(
      NAMES.map((name) => [name, form.field(name).value]).filter(
        ([name, value]) => value !== user[name],
      ),
    );
  }

  // What was typed stays; the rest, and the version, are those that are stored.
  async function takeNewest() {
    const typed = changed();
    take(await session.ask("GET", ME));
    for (const [name, value] of Object.entries(typed)) {
      form.field(name).value = value;
    }
  }

  function take(answer) {
    user = userOf(answer.body);
    etag = answer.etag;
    for (const name of NAMES) {
      form.field(name).value = user[name];
    }
    onChange(user);
  }

  return section(
    { id: "profile-section", title: text.profile.title, about: text.profile.about },
    el(
      "dl",
      { class: "facts" },
      el("dt", {}, text.fields.email),
      el("dd", {}, user.email, el("span", { class: "hint" }, text.profile.emailFixed)),
    ),
    form.element,
  );
}
