// The browser's session: renewed before it ends, by one tab for all of them.
//
// The tokens are in cookies that no script can read. What is known here is when to renew them; that
// is no secret and is shared with the other tabs, in a cookie that scripts can read. Not in
// localStorage: what one tab writes there another may read too late, even if a lock was passed on
// between the two, and then both renew.

import { Refusal, request } from "./api.js";
import { lifeSecondsOf } from "./spelling.js";

const RENEW_AT = "getme_renew_at"; // milliseconds since the epoch, by this browser's own clock
const NOTE_SECONDS = 30 * 86_400; // without the note a session is renewed at once
const LOCK = "getme.renew";
const CHANNEL = "getme.session";
const BEGAN = "began";
const ENDED = "ended";
const PART_OF_LIFE = 0.75; // enough is left for some failed attempts
const RETRY_MS = 5_000;
const LONGEST_TIMER_MS = 6 * 3_600_000; // setTimeout counts to 24 days only

export class Session {
  #timer = 0;
  #isFollowed = false;
  #channel = new BroadcastChannel(CHANNEL);
  #onLost;

  // onBegan, onEnded: another tab signed in or out. onLost: the session cannot be renewed; is
  // given the refusal, and whether somebody had been signed in here.
  constructor({ onBegan, onEnded, onLost }) {
    this.#onLost = onLost;
    this.#channel.addEventListener("message", ({ data }) => {
      this.#leave();
      (data === BEGAN ? onBegan : onEnded)();
    });
    document.addEventListener("visibilitychange", () => this.#plan());
  }

  // answer: what came with new cookies.
  began(answer) {
    this.#note(answer);
    this.#channel.postMessage(BEGAN);
  }

  // The cookies are gone.
  ended() {
    this.#forget();
    this.#channel.postMessage(ENDED);
  }

  // Somebody is signed in. Renews at once where nobody knows how long that will last.
  follow() {
    this.#isFollowed = true;
    this.#plan();
  }

  // As api.request, once more if the session had to be renewed for it.
  async ask(method, path, options) {
    const seen = renewAt();
    try {
      return await request(method, path, options);
    } catch (failure) {
      if (!failure.isOfSession) {
        throw failure;
      }
      await this.#renew(seen);
    }
    try {
      return await request(method, path, options);
    } catch (failure) {
      // Another tab has found out, or has signed out, between the two.
      throw failure.isOfSession ? this.#lose(failure, seen) : failure;
    }
  }

  // seen: what renewAt was before; it tells whether another tab has renewed since.
  async #renew(seen) {
    try {
      await navigator.locks.request(LOCK, async () => {
        if (renewAt() === seen) {
          this.#note((await request("POST", "/users/refresh")).body);
        }
      });
    } catch (failure) {
      const isOver = failure instanceof Refusal && failure.isFinal;
      throw isOver ? this.#lose(failure, seen) : failure;
    }
    if (renewAt() !== null) {
      this.#plan(); // else another tab has lost the session, as who asks is about to find
    }
  }

  // What to raise when the session cannot go on.
  #lose(refusal, seen) {
    this.#forget();
    this.#onLost(refusal, { wasSignedIn: seen !== null });
    return new SessionLost(refusal);
  }

  // A hidden tab renews when it is looked at: a session that nobody uses shall end.
  #plan() {
    clearTimeout(this.#timer);
    if (document.hidden || !this.#isFollowed) {
      return;
    }
    const due = renewAt() ?? 0;
    const wait = Math.min(Math.max(due - Date.now(), 0), LONGEST_TIMER_MS);
    this.#timer = setTimeout(() => this.#renewIfDue(), wait);
  }

  async #renewIfDue() {
    const seen = renewAt();
    if (seen !== null && seen > Date.now()) {
      this.#plan(); // another tab was faster
      return;
    }
    try {
      await this.#renew(seen);
    } catch (failure) {
      if (!(failure instanceof SessionLost)) {
        this.#timer = setTimeout(() => this.#renewIfDue(), RETRY_MS);
      }
    }
  }

  #note(answer) {
    const life = lifeSecondsOf(answer) * 1000;
    write(Math.round(Date.now() + life * PART_OF_LIFE), NOTE_SECONDS);
  }

  #forget() {
    write("", 0);
    this.#leave();
  }

  #leave() {
    this.#isFollowed = false;
    clearTimeout(this.#timer);
  }
}

// The person is told already; whoever asked has nothing left to do.
export class SessionLost extends Error {
  constructor(cause) {
    super("the session is lost", { cause });
  }
}

function renewAt() {
  const pairs = document.cookie.split("; ").map((pair) => pair.split("="));
  const noted = Number(pairs.find(([name]) => name === RENEW_AT)?.[1]);
  return noted > 0 ? noted : null;
}

function write(value, seconds) {
  const flags = `Path=/; Max-Age=${seconds}; Secure; SameSite=Strict`;
  document.cookie = `${RENEW_AT}=${value}; ${flags}`;
}
