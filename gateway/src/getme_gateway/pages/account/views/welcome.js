// Signing in and making an account: beside them, what this is.

import { el } from "../dom.js";
import { Form } from "../form.js";
import { text } from "../text.js";

export const REGISTER_HASH = "#register";
const SIGN_IN_HASH = "#sign-in";

const EMAIL = { name: "email", label: text.fields.email, type: "email", autocomplete: "username" };

// message: what has happened before, if anything. onBegan: is given the answer with the cookies.
export function signInView({ session, message, onBegan }) {
  const form = new Form({
    id: "sign-in",
    fields: [
      EMAIL,
      {
        name: "password",
        label: text.fields.password,
        type: "password",
        autocomplete: "current-password",
      },
    ],
    submit: text.signIn.submit,
    busy: text.signIn.busy,
    kind: "wide",
    onSubmit: async ({ values }) => {
      const { body } = await session.ask("POST", "/users/login?cookie=true", { body: values });
      await onBegan(body);
    },
  });
  return welcome(text.signIn, form, { message, to: REGISTER_HASH });
}

export function registerView({ session, onBegan }) {
  const form = new Form({
    id: "register",
    fields: [
      { name: "firstname", label: text.fields.firstname, autocomplete: "given-name" },
      { name: "lastname", label: text.fields.lastname, autocomplete: "family-name" },
      EMAIL,
      {
        name: "password",
        label: text.fields.password,
        hint: text.fields.passwordHint,
        type: "password",
        autocomplete: "new-password",
      },
    ],
    submit: text.register.submit,
    busy: text.register.busy,
    kind: "wide",
    places: { EMAIL_TAKEN: ["email", text.reasons.EMAIL_TAKEN] },
    onSubmit: async ({ values }) => {
      const { body } = await session.ask("POST", "/users/register?cookie=true", { body: values });
      await onBegan(body);
    },
  });
  return welcome(text.register, form, { to: SIGN_IN_HASH });
}

function welcome(texts, form, { message, to }) {
  if (!window.isSecureContext) {
    form.warn(text.insecure);
  } else if (message) {
    form.warn(message, { isNotice: true });
  }
  return el(
    "div",
    { class: "welcome" },
    el(
      "header",
      { class: "welcome-banner" },
      el("p", { class: "brand" }, text.product),
      el(
        "div",
        { class: "welcome-words" },
        el("p", { class: "welcome-question" }, text.welcome.question),
        el("p", { class: "welcome-answer" }, text.welcome.answer),
      ),
    ),
    el(
      "main",
      { id: "content", class: "welcome-form" },
      el("h1", { class: "title" }, texts.title),
      form.element,
      el("p", { class: "other" }, `${texts.other} `, el("a", { href: to }, texts.otherLink)),
    ),
  );
}
