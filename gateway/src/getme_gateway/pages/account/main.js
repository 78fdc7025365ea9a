// Which view is shown. Nothing here knows a token: who is signed in the API tells.

import { el, focusOn } from "./dom.js";
import { explain } from "./refusals.js";
import { Session, SessionLost } from "./session.js";
import { userOf } from "./spelling.js";
import { text } from "./text.js";
import { accountView } from "./views/account.js";
import { loadingView, messageView } from "./views/message.js";
import { REGISTER_HASH, registerView, signInView } from "./views/welcome.js";

const SLOWEST_RETRY_MS = 10_000;
const FIRST_RETRY_MS = 1_000;

let isFirst = true;
let isSignedOut = false; // whether one of the two views of the welcome is shown
let retry = 0;

const session = new Session({
  onBegan: load,
  onEnded: () => showWelcome(text.ended.signedOut),
  onLost: (refusal, { wasSignedIn }) => {
    if (refusal.status === 403) {
      showBarred(refusal);
    } else {
      showWelcome(wasSignedIn ? text.ended.expired : "");
    }
  },
});

function show(view, title) {
  clearTimeout(retry);
  isSignedOut = false;
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.close();
  }
  document.title = `${title} · ${text.product}`;
  document
    .getElementById("page")
    .replaceChildren(el("a", { class: "skip", href: "#content", onclick: skip }, text.skip), view);
  // Where the page was just opened the browser has its own place to start.
  if (!isFirst && document.hasFocus()) {
    focusOn(view.querySelector("h1"));
  }
  isFirst = false;
}

// The fragment names a view, so it must stay as it is.
function skip(event) {
  event.preventDefault();
  focusOn(document.getElementById("content"));
}

async function load(waitMs = FIRST_RETRY_MS) {
  try {
    const { body, etag } = await session.ask("GET", "/users/me");
    showAccount({ user: userOf(body), etag });
  } catch (failure) {
    if (failure instanceof SessionLost) {
      return;
    }
    if (failure.status === 403) {
      showBarred(failure);
    } else {
      showTrouble(failure, waitMs);
    }
  }
}

function showAccount(me) {
  session.follow();
  const ended = (message) => {
    session.ended();
    showWelcome(message);
  };
  const view = accountView({
    session,
    me,
    onSignOut: signOut,
    onEndedEverywhere: () => ended(text.ended.everywhere),
    onRemoved: () => ended(text.ended.removed),
  });
  show(view, text.account.title);
}

function showWelcome(message = "") {
  const parts = {
    session,
    message,
    onBegan: async (answer) => {
      session.began(answer);
      history.replaceState(null, "", location.pathname);
      await load();
    },
  };
  if (location.hash === REGISTER_HASH) {
    show(registerView(parts), text.register.title);
  } else {
    show(signInView(parts), text.signIn.title);
  }
  isSignedOut = true;
}

function showBarred(refusal) {
  const { message, requestId } = explain(refusal);
  const view = messageView({
    title: text.barred.title,
    paragraphs: [message, text.barred.body],
    requestId,
    action: { label: text.account.signOut, run: signOut },
  });
  show(view, text.barred.title);
}

function showTrouble(failure, waitMs) {
  const { message, requestId } = explain(failure);
  const view = messageView({
    title: text.trouble.title,
    paragraphs: [message, text.trouble.body],
    requestId,
    action: { label: text.retry, run: () => load() },
  });
  show(view, text.trouble.title);
  retry = setTimeout(load, waitMs, Math.min(2 * waitMs, SLOWEST_RETRY_MS));
}

async function signOut() {
  try {
    await session.ask("POST", "/users/logout");
  } catch (failure) {
    if (failure instanceof SessionLost) {
      return;
    }
    if (failure.status !== 401) {
      showTrouble(failure, FIRST_RETRY_MS);
      return;
    }
  }
  session.ended();
  showWelcome(text.ended.signedOut);
}

window.addEventListener("hashchange", () => {
  if (isSignedOut) {
    showWelcome();
  }
});

if (window.isSecureContext) {
  document.getElementById("page").replaceChildren(loadingView());
  load();
} else {
  showWelcome(); // which says why nobody can be signed in here
}
