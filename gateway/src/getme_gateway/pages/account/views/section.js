// A part of the account view: what it is on one side, what one can do on the other.

import { el } from "../dom.js";

// id: of the section, starts the ID of its heading.
export function section({ id, title, about }, ...content) {
  return el(
    "section",
    { id, class: "section", "aria-labelledby": `${id}-title` },
    el(
      "div",
      { class: "section-about" },
      el("h2", { id: `${id}-title`, class: "section-title" }, title),
      el("p", { class: "hint" }, about),
    ),
    el("div", { class: "section-content" }, ...content),
  );
}
