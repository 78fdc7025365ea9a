// Requests to the REST API of this origin, and why one was refused. Cookies go along by themselves.

const BASE = "/api/v1";
export const NOT_SERVED = 501; // this installation has no such thing

// A problem document (RFC 9457). errors: messages by field. retryAfterSeconds: null if not said.
export class Refusal extends Error {
  constructor(status, problem, retryAfterSeconds) {
    super(problem.reason ?? `HTTP ${status}`);
    this.status = status;
    this.reason = problem.reason ?? "";
    this.detail = problem.detail ?? "";
    this.errors = problem.errors ?? {};
    this.requestId = problem.request_id ?? "";
    this.retryAfterSeconds = retryAfterSeconds;
  }

  // Not only for now: the same request would be refused again. Without a reason it is not getme that
  // refused, but something on the way there, which may come round.
  get isFinal() {
    const isForNow = this.status >= 500 || this.status === 429;
    return this.status === NOT_SERVED || (this.reason !== "" && !isForNow);
  }

  // Renewing the session may help; a wrong password is another thing.
  get isOfSession() {
    return this.status === 401 && this.reason.startsWith("TOKEN_");
  }
}

// No answer came: no network, or nobody there.
export class Unreachable extends Error {
  isFinal = false;
  isOfSession = false;
  requestId = "";
}

// The answer's body (null for none) and etag (as its header, null for none).
// ifMatch: an etag. Raises Refusal, Unreachable.
export async function request(method, path, { body, ifMatch } = {}) {
  const headers = {};
  if (body !== undefined) {
    headers["content-type"] = "application/json";
  }
  if (ifMatch) {
    headers["if-match"] = ifMatch;
  }
  let response, content;
  try {
    response = await fetch(BASE + path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store", // a computer that others use too shall keep nothing of this
      redirect: "error",
    });
    content = await response.text();
  } catch (cause) {
    throw new Unreachable("no answer", { cause });
  }
  const parsed = parse(content);
  if (!response.ok) {
    throw new Refusal(response.status, parsed ?? {}, seconds(response.headers.get("retry-after")));
  }
  return { body: parsed, etag: response.headers.get("etag") };
}

// Something between us and the gateway may answer a page of its own.
function parse(content) {
  try {
    return JSON.parse(content);
  } catch {
    return null;
  }
}

function seconds(header) {
  return /^\d+$/.test(header ?? "") ? Number(header) : null;
}
