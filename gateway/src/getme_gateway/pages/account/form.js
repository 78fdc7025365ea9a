// A form: its fields, what is wrong, and that it is being sent.

import { announce, el, focusOn } from "./dom.js";
import { Field } from "./field.js";
import { explain } from "./refusals.js";
import { SessionLost } from "./session.js";
import { text } from "./text.js";

// id: starts the IDs of its parts. fields: as of Field, without id. submit, busy: texts of the
// button. kind: class of the button. places: as of explain. beside: elements after the button.
// inPairs: two fields a row, where there is room. account: whose password it is about, for password managers. onSubmit: is given the form; what it
// raises is told here.
export class Form {
  #button;
  #alert;
  #done;
  #places;
  #onSubmit;
  #texts;
  #isBusy = false;

  constructor({
    id,
    fields,
    submit,
    busy,
    kind = "",
    places,
    beside = [],
    inPairs = false,
    account,
    onSubmit,
  }) {
    this.#texts = { submit, busy };
    this.#places = places;
    this.#onSubmit = onSubmit;
    this.fields = fields.map((each) => new Field({ id: `${id}-${each.name}`, ...each }));
    this.#alert = el("div", { class: "alert", role: "alert", hidden: true });
    this.#button = el("button", { type: "submit", class: `button ${kind}` }, submit);
    this.#done = el("p", { class: "done", role: "status" });
    const actions = el("div", { class: "actions" }, this.#button, ...beside, this.#done);
    const inputs = this.fields.map((field) => field.element);
    this.element = el(
      "form",
      // POST: should this script fail, no password gets into an address.
      {
        id,
        class: "form",
        method: "post",
        novalidate: true,
        onsubmit: (event) => this.#send(event),
      },
      this.#alert,
      account
        ? el("input", { type: "text", autocomplete: "username", value: account, hidden: true })
        : null,
      el("div", { class: inPairs ? "fields pairs" : "fields" }, ...inputs),
      actions,
    );
  }

  get values() {
    return Object.fromEntries(this.fields.map((field) => [field.name, field.value]));
  }

  field(name) {
    return this.fields.find((field) => field.name === name);
  }

  // Empties it and forgets what was said.
  reset() {
    this.element.reset();
    this.#clear();
  }

  say(message) {
    this.#clear();
    this.#done.textContent = message;
  }

  // What is wrong with the whole. notice: nothing failed, but it must be read.
  warn(message, { requestId = "", isNotice = false } = {}) {
    this.#alert.classList.toggle("notice", isNotice);
    this.#alert.replaceChildren(
      el("p", {}, message),
      ...(requestId ? [el("p", { class: "request-id" }, text.requestId(requestId))] : []),
    );
    this.#alert.hidden = false;
  }

  async #send(event) {
    event.preventDefault();
    if (this.#isBusy || !this.#isComplete()) {
      return;
    }
    this.#setBusy(true);
    try {
      await this.#onSubmit(this);
    } catch (failure) {
      if (!(failure instanceof SessionLost)) {
        this.#fail(failure);
      }
    } finally {
      this.#setBusy(false);
    }
  }

  #isComplete() {
    this.#clear();
    const missing = this.fields.filter((field) => !field.isGiven);
    for (const field of missing) {
      field.say(text.missing[field.name]);
    }
    missing[0]?.input.focus();
    return missing.length === 0;
  }

  #fail(failure) {
    const { fields, message, requestId } = explain(failure, this.#places);
    const marked = this.fields.filter((field) => field.name in fields);
    for (const field of marked) {
      field.say(fields[field.name]);
    }
    const others = Object.keys(fields).filter((name) => !this.field(name));
    const about = others.map((name) => `${name}: ${fields[name]}`);
    this.warn([message, ...about].join(" "), { requestId });
    focusOn(marked[0]?.input ?? this.#alert);
  }

  #clear() {
    this.#done.textContent = "";
    this.#alert.hidden = true;
    for (const field of this.fields) {
      field.say("");
    }
  }

  // Not the attribute disabled: the button would lose the focus.
  #setBusy(isBusy) {
    this.#isBusy = isBusy;
    this.#button.setAttribute("aria-disabled", String(isBusy));
    this.#button.textContent = isBusy ? this.#texts.busy : this.#texts.submit;
    if (isBusy) {
      announce(this.#texts.busy);
    }
  }
}
