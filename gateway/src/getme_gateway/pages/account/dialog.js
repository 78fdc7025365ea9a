// A question that must be answered first.

import { el } from "./dom.js";
import { Form } from "./form.js";
import { text } from "./text.js";

// title, body: texts, body a list of paragraphs. form: as of Form, without id; it closes the
// dialog once its onSubmit is through.
export function askFirst({ id, title, body, form }) {
  const cancel = el(
    "button",
    { type: "button", class: "button quiet", onclick: () => dialog.close() },
    text.cancel,
  );
  const { element } = new Form({
    ...form,
    id,
    beside: [cancel],
    onSubmit: async (sent) => {
      await form.onSubmit(sent);
      dialog.close();
    },
  });
  const dialog = el(
    "dialog",
    { class: "dialog", "aria-labelledby": `${id}-title`, onclose: () => dialog.remove() },
    el("h2", { id: `${id}-title`, class: "dialog-title" }, title),
    ...body.map((each) => el("p", { class: "dialog-body" }, each)),
    element,
  );
  document.body.append(dialog);
  dialog.showModal(); // the browser keeps the focus inside, and gives it back afterwards
}
