// Moments as people say them.

import { LOCALE, text } from "./text.js";

const DAY = new Intl.DateTimeFormat(LOCALE, { dateStyle: "long" });
const MINUTE = new Intl.DateTimeFormat(LOCALE, { dateStyle: "long", timeStyle: "short" });
const RELATIVE = new Intl.RelativeTimeFormat(LOCALE, { numeric: "auto" });
const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];
const MAX_RELATIVE_SECONDS = 7 * 86_400; // a date says more than "3 weeks ago"

export function day(date) {
  return DAY.format(date);
}

export function minute(date) {
  return MINUTE.format(date);
}

export function ago(date) {
  const seconds = (date - Date.now()) / 1000;
  if (Math.abs(seconds) > MAX_RELATIVE_SECONDS) {
    return DAY.format(date);
  }
  return seconds > -60 ? text.justNow : relative(seconds);
}

// retryAfterSeconds: null where nobody said.
export function wait(retryAfterSeconds) {
  return retryAfterSeconds === null ? text.later : relative(retryAfterSeconds);
}

function relative(seconds) {
  const [unit, length] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? ["second", 1];
  // Towards zero for the past, up for what is to be waited for: "in 2 minutes" is then enough.
  return RELATIVE.format(Math.ceil(seconds / length) || 0, unit);
}
