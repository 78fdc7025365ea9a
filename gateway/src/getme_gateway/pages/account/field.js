// A labelled input with its hint and what is wrong with it.

import { el } from "./dom.js";
import { text } from "./text.js";

// id: of the input. name: as the API names the field. label, hint: texts. More: attributes.
export class Field {
  #hint;
  #error;

  constructor({ id, name, label, hint, ...attributes }) {
    this.name = name;
    this.input = el("input", { id, name, class: "input", required: true, ...attributes });
    this.#hint = hint ? el("p", { id: `${id}-hint`, class: "hint" }, hint) : null;
    this.#error = el("p", { id: `${id}-error`, class: "field-error", hidden: true });
    const isPassword = attributes.type === "password";
    this.element = el(
      "div",
      { class: "field" },
      el("label", { for: id, class: "label" }, label),
      el("div", { class: "input-box" }, this.input, isPassword ? this.#reveal(label) : null),
      this.#hint,
      this.#error,
    );
    this.say("");
    this.input.addEventListener("input", () => this.say(""));
  }

  get value() {
    return this.input.value;
  }

  set value(value) {
    this.input.value = value;
  }

  // Whether something is there, as far as it must be; how it must be the server knows.
  get isGiven() {
    return !this.input.required || this.input.value.trim() !== "";
  }

  // message: empty where nothing is wrong.
  say(message) {
    this.#error.textContent = message;
    this.#error.hidden = !message;
    this.input.toggleAttribute("aria-invalid", false);
    if (message) {
      this.input.setAttribute("aria-invalid", "true");
    }
    const described = [message && this.#error.id, this.#hint?.id].filter(Boolean).join(" ");
    if (described) {
      this.input.setAttribute("aria-describedby", described);
    } else {
      this.input.removeAttribute("aria-describedby");
    }
  }

  // Its name starts with the word that is seen (WCAG 2.5.3), and tells what it will do.
  #reveal(label) {
    const button = el("button", { type: "button", class: "reveal" });
    const name = (isShown) => {
      button.textContent = isShown ? text.hide : text.show;
      button.setAttribute("aria-label", isShown ? text.hideNamed(label) : text.showNamed(label));
    };
    button.addEventListener("click", () => {
      const isShown = this.input.type === "password";
      this.input.type = isShown ? "text" : "password";
      name(isShown);
    });
    name(false);
    return button;
  }
}
