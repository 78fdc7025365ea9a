// Which view is shown. Nothing here knows a token: who is signed in the API tells.

import { NOT_SERVED } from "./api.js";
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
const ALREADY_OUT = new Set([401, 404]); // a sign-out finds no session, or no such user

let isFirst = true;
let isSignedOut = false; // whether one of the two views of the welcome is shown, and stays
let retry = 0;
let turn = 0; // counts views and what leads to them, so that an answer can be told to come too late

const session = new Session({
  onBegan: () => load(),
  onEnded: () => showWelcome(text.ended.signedOut),
  onLost: (refusal, { wasSignedIn }) => {
    if (refusal.status === 403) {
      showBarred(refusal);
    } else if (refusal.status === NOT_SERVED) {
      showNotServed();
    } else if (!isSignedOut) {
      showWelcome(wasSignedIn ? text.ended.expired : "");
    }
  },
});

function show(view, title) {
  clearTimeout(retry);
  turn += 1;
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
  const mine = (turn += 1);
  isSignedOut = false;
  let me;
  try {
    const { body, etag } = await session.ask("GET", "/users/me");
    me = { user: userOf(body), etag };
  } catch (failure) {
    if (failure instanceof SessionLost || mine !== turn) {
      return;
    }
    if (failure.status === 403) {
      showBarred(failure);
    } else if (failure.isFinal) {
      await signOut(explain(failure).message);
    } else {
      showTrouble(failure, { body: text.trouble.loading, again: load, waitMs });
    }
    return;
  }
  if (mine === turn) {
    showAccount(me);
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
    onSignOut: () => signOut(),
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
    action: { label: text.account.signOut, run: () => signOut() },
  });
  show(view, text.barred.title);
}

function showNotServed() {
  const { title, body } = text.notServed;
  show(messageView({ title, paragraphs: [body] }), title);
}

// body: what could not be done. again: does it, given how long to wait should it fail once more.
function showTrouble(failure, { body, again, waitMs }) {
  const { message, requestId } = explain(failure);
  const view = messageView({
    title: text.trouble.title,
    paragraphs: [message, body],
    requestId,
    action: { label: text.retry, run: () => again(FIRST_RETRY_MS) },
  });
  show(view, text.trouble.title);
  retry = setTimeout(again, waitMs, Math.min(2 * waitMs, SLOWEST_RETRY_MS));
}

// said: what the welcome then says.
async function signOut(said = text.ended.signedOut, waitMs = FIRST_RETRY_MS) {
  const mine = (turn += 1);
  try {
    await session.ask("POST", "/users/logout");
  } catch (failure) {
    if (failure instanceof SessionLost || mine !== turn) {
      return;
    }
    if (!ALREADY_OUT.has(failure.status)) {
      const again = (nextMs) => signOut(said, nextMs);
      showTrouble(failure, { body: text.trouble.signingOut, again, waitMs });
      return;
    }
  }
  session.ended();
  showWelcome(said);
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
