"""TypeScript types can be made from the document, and say what a front end needs to know."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from getme_gateway.openapi.document import document
from getme_gateway.transcoding.json_names import JsonNames

GENERATOR = "openapi-typescript@7.13.0"
COMPILER = "typescript@5.9.3"  # the generator's own needs a version 5
# Compiles only if each line that is marked as an error is one, and no other is.
FRONT_END = """
import type { components, paths } from "./columns";

type Me = paths["/api/v1/users/me"];
type Problem = components["schemas"]["Problem"];

export const user: Me["get"]["responses"][200]["content"]["application/json"] = {
  userId: "550e8400-e29b-41d4-a716-446655440000",
  firstname: "Ada",
  lastname: "Lovelace",
  email: "ada@example.org",
  account_status: "active",
  created_date: "2025-10-31T10:30:00Z",
  last_login_date: null,
};
export const names: Me["put"]["requestBody"] = { content: { "application/json": {
  lastname: "King",
} } };
// @ts-expect-error a name is a string
export const number: components["schemas"]["UpdateMeRequest"] = { lastname: 1 };
// @ts-expect-error no status is of this name
export const status: components["schemas"]["SetAccountStatusRequest"] = { account_status: "gone" };

export function toldWhy(
  refusal: Me["get"]["responses"][401]["content"]["application/problem+json"],
): string {
  // @ts-expect-error a route that checks no password does not answer this
  if (refusal.reason === "BAD_CREDENTIALS") return "";
  return refusal.reason === "TOKEN_EXPIRED" ? "expired" : (refusal as Problem).detail;
}

export function tokenOf(
  session: paths["/api/v1/users/login"]["post"]["responses"][200]["content"]["application/json"],
): string | undefined {
  return "token" in session ? session.token : undefined;
}
"""
CAMEL_FRONT_END = """
import type { paths } from "./camel";

type Login = paths["/api/v1/users/login"]["post"]["responses"][200]["content"]["application/json"];

export const me: paths["/api/v1/users/me"]["get"]["responses"][200]["content"]["application/json"] =
  {
    userId: "550e8400-e29b-41d4-a716-446655440000",
    firstName: "Ada",
    lastName: "Lovelace",
    email: "ada@example.org",
    accountStatus: "active",
    createdDate: "2025-10-31T10:30:00Z",
    lastLoginDate: null,
    roles: ["viewer"],
  };

export function isModerator(session: Login): boolean {
  // @ts-expect-error the user is not there where the roles cannot be read
  session.user.roles;
  return session.user?.roles.includes("moderator") ?? false;
}
"""


@pytest.fixture(scope="module")
def npx() -> str:
    """The program that runs packages of npm; in CI it must be there."""
    found = shutil.which("npx")
    if found is None and os.environ.get("GETME_TEST_REQUIRE") != "all":
        pytest.skip("there is no npx")
    assert found, "there is no npx"
    return found


def run(npx: str, package: str, *arguments: str, directory: Path) -> None:
    done = subprocess.run(
        [npx, "--yes", "--package", COMPILER, "--package", package, *arguments],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("names", "front_end"),
    [(JsonNames.COLUMNS, FRONT_END), (JsonNames.CAMEL, CAMEL_FRONT_END)],
    ids=["columns", "camel"],
)
def test_a_front_end_is_checked_against_the_document(
    npx: str, tmp_path: Path, names: JsonNames, front_end: str
) -> None:
    (tmp_path / f"{names}.json").write_bytes(document(names))
    (tmp_path / "front_end.ts").write_text(front_end)
    generate = ("openapi-typescript", f"{names}.json", "--output", f"{names}.ts")
    run(npx, GENERATOR, *generate, directory=tmp_path)
    check = ("tsc", "--strict", "--noEmit", "--skipLibCheck", "--target", "es2020")
    run(npx, GENERATOR, *check, "front_end.ts", directory=tmp_path)
