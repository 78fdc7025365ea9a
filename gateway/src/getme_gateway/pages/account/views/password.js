// A new password, which ends all other sessions.

import { Form } from "../form.js";
import { text } from "../text.js";
import { section } from "./section.js";

// email: told to password managers. onChange: other sessions are gone.
export function passwordSection({ session, email, onChange }) {
  const form = new Form({
    id: "password",
    fields: [
      {
        name: "old_password",
        label: text.fields.oldPassword,
        type: "password",
        autocomplete: "current-password",
      },
      {
        name: "new_password",
        label: text.fields.newPassword,
        hint: text.fields.passwordHint,
        type: "password",
        autocomplete: "new-password",
      },
    ],
    submit: text.password.submit,
    busy: text.password.busy,
    account: email,
    places: { BAD_CREDENTIALS: ["old_password", text.wrongPassword] },
    onSubmit: async ({ values }) => {
      await session.ask("POST", "/users/me/password", { body: values });
      form.reset();
      form.say(text.password.done);
      onChange();
    },
  });
  return section(
    { id: "password-section", title: text.password.title, about: text.password.about },
    form.element,
  );
}
