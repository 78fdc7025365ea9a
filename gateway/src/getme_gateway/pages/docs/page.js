// Starts Swagger UI on this gateway's own description. Nothing is stored: a pasted token is gone
// with the page.
"use strict";

const dark = matchMedia("(prefers-color-scheme: dark)");
const followScheme = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", followScheme);
followScheme();

// One credential a request: beside what was pasted, the cookies of who is signed in at the account
// page would be another, which is refused.
const omitCookies = (request) => {
  const hasPasted = request.headers.Authorization || /"refresh_token"/.test(request.body);
  return hasPasted ? Object.assign(request, { credentials: "omit" }) : request;
};

SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  persistAuthorization: false,
  tryItOutEnabled: true,
  validatorUrl: null, // the default sends the description to a service on the internet
  requestSnippetsEnabled: false,
  requestInterceptor: omitCookies,
});
