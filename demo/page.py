"""What the demo prints once it answers."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from demo.people import PASSWORD, Person, emails
from demo.tokens import TTL_HOURS

_METHOD = "getme.v1.UserService/GetMe"


class Page(NamedTuple):
    """What the lines are made of. answers: what GetMe says, in the order of people."""

    grpc: str
    gateway: str
    data: Path
    people: Sequence[Person]
    answers: Sequence[str]
    token: str

    def text(self) -> str:
        """All lines."""
        bearer = f"Bearer {self.token}"
        return "\n".join(
            [
                "",
                f"getme answers: REST at http://{self.gateway}, gRPC at {self.grpc}",
                f"The account page: http://{self.gateway}/",
                f"The API, to read and to try: http://{self.gateway}/docs",
                "",
                *_table(self.people, self.answers),
                "",
                "Paste into another terminal:",
                "",
                f"curl -H 'Authorization: {bearer}' http://{self.gateway}/api/v1/users/me",
                "",
                f"grpcurl -plaintext -H 'authorization: {bearer}' {self.grpc} {_METHOD}",
                "",
                f"The token is {self.people[0].name}'s, good for {TTL_HOURS} hours.",
                f'Everybody has the password "{PASSWORD}".',
                f"{self.people[0].name} signs in as {emails()[0]}: on the account page, or by",
                "",
                f"  {self._sign_in()}",
                "",
                f"Data, kept for the next time: {self.data}",
                f"Logs: {self.data / 'server.log'}, gateway.log beside it",
                "Ctrl-C ends it.",
            ]
        )

    def _sign_in(self) -> str:
        """Without --json, which curl has since 7.82 only."""
        body = json.dumps({"email": emails()[0], "password": PASSWORD})
        url = f"http://{self.gateway}/api/v1/users/login"
        return f"curl -H 'Content-Type: application/json' -d '{body}' {url}"


def _table(people: Iterable[Person], answers: Iterable[str]) -> list[str]:
    rows = [("who", "user ID", "stored status", "what GetMe answers")]
    for person, answer in zip(people, answers, strict=True):
        status = f"{person.status}, sign-in locked" if person.credentials_locked else person.status
        rows.append((person.name, str(person.user_id), status, answer))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
