// A view that only says something: that there is trouble, or that nobody can come in.

import { el } from "../dom.js";
import { text } from "../text.js";

// paragraphs: texts. requestId: empty if none is known. action: {label, run}, absent for none.
export function messageView({ title, paragraphs, requestId, action }) {
  return el(
    "div",
    { class: "account" },
    el("header", { class: "top" }, el("p", { class: "brand" }, text.product)),
    el(
      "main",
      { id: "content", class: "message" },
      el("h1", { class: "title" }, title),
      ...paragraphs.map((each) => el("p", {}, each)),
      requestId ? el("p", { class: "request-id" }, text.requestId(requestId)) : null,
      action
        ? el("button", { type: "button", class: "button", onclick: action.run }, action.label)
        : null,
    ),
  );
}

// Until it is known who is calling: the outlines of what is to come.
export function loadingView() {
  const line = (kind) => el("span", { class: `outline ${kind}`, "aria-hidden": "true" });
  return el(
    "div",
    { class: "account" },
    el("header", { class: "top" }, el("p", { class: "brand" }, text.product)),
    el(
      "main",
      { id: "content", class: "sections", "aria-busy": "true" },
      el("h1", { class: "unseen" }, text.loading),
      line("large"),
      line(""),
      line(""),
    ),
  );
}
