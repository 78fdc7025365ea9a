// What a person is told when something did not work, and at which field.

import { Unreachable } from "./api.js";
import { wait } from "./moments.js";
import { text } from "./text.js";

// fields: messages by field. message: for the form as a whole. requestId: empty if none is known.
// places: fields that a reason is about, and what is said there: {REASON: [field, message]}.
export function explain(failure, places = {}) {
  if (failure instanceof Unreachable) {
    return { fields: {}, message: text.unreachable, requestId: "" };
  }
  const requestId = failure.requestId ?? "";
  if (failure.reason in places) {
    const [field, message] = places[failure.reason];
    return { fields: { [field]: message }, message: text.reasons.INVALID_FIELD, requestId };
  }
  return { fields: sentences(failure.errors ?? {}), message: messageOf(failure), requestId };
}

function messageOf(failure) {
  if (failure.reason === "RATE_LIMITED") {
    return text.limited(wait(failure.retryAfterSeconds));
  }
  return (
    text.reasons[failure.reason] ??
    text.barred.reasons[failure.reason] ??
    (failure.detail ? sentence(failure.detail) : text.unknownTrouble)
  );
}

function sentences(errors) {
  return Object.fromEntries(Object.entries(errors).map(([name, said]) => [name, sentence(said)]));
}

// The server says "must have 8 to 128 characters".
function sentence(said) {
  const [first = "", ...others] = said;
  return first.toUpperCase() + others.join("") + (/[.!?]$/.test(said) ? "" : ".");
}
