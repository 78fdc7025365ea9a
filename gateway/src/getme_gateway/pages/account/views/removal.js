// Deleting the account, with the password once more.

import { askFirst } from "../dialog.js";
import { el } from "../dom.js";
import { text } from "../text.js";
import { section } from "./section.js";

// email: told to password managers. onRemoved: there is no account any more.
export function removalSection({ session, email, onRemoved }) {
  const open = () =>
    askFirst({
      id: "removal",
      title: text.removal.dialogTitle,
      body: [text.removal.dialogBody],
      form: {
        fields: [
          {
            name: "password",
            label: text.fields.password,
            type: "password",
            autocomplete: "current-password",
          },
        ],
        submit: text.removal.submit,
        busy: text.removal.busy,
        kind: "danger",
        account: email,
        places: { BAD_CREDENTIALS: ["password", text.wrongPassword] },
        onSubmit: async ({ values }) => {
          await session.ask("DELETE", "/users/me", { body: values });
          onRemoved();
        },
      },
    });
  return section(
    { id: "removal-section", title: text.removal.title, about: text.removal.about },
    el(
      "button",
      { type: "button", class: "button danger-quiet", onclick: open },
      text.removal.open,
    ),
  );
}
