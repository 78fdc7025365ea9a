// What the API answers, in one spelling: keys are as the tables' columns, or camelCase, as the
// gateway is set (GETME_GATEWAY_JSON_NAMES). Requests may use either.

const ROLE_OF_MODERATORS = "moderator";

export function userOf(json) {
  const status = json.account_status ?? json.accountStatus;
  return {
    id: json.userId,
    firstname: json.firstname ?? json.firstName ?? "",
    lastname: json.lastname ?? json.lastName ?? "",
    email: json.email,
    status,
    created: dateOf(json.created_date ?? json.createdDate),
    lastSignIn: dateOf(json.last_login_date ?? json.lastLoginDate),
    // Decides what is shown; what may be done the server decides at each step.
    isModerator: status === ROLE_OF_MODERATORS || (json.roles ?? []).includes(ROLE_OF_MODERATORS),
  };
}

export function foundOf(json) {
  return {
    user: userOf(json.user),
    isLocked: json.credentials_locked ?? json.credentialsLocked,
  };
}

export function sessionsOf(json) {
  return json.sessions.map((each) => ({
    id: each.session_id ?? each.sessionId,
    created: dateOf(each.created),
    lastUsed: dateOf(each.last_used ?? each.lastUsed),
    address: each.address,
    userAgent: each.user_agent ?? each.userAgent,
    isCurrent: each.current,
  }));
}

export function lifeSecondsOf(json) {
  return json.expires_in ?? json.expiresIn;
}

export function nameOf(user) {
  return [user.firstname, user.lastname].filter(Boolean).join(" ");
}

function dateOf(value) {
  return value ? new Date(value) : null;
}
