"""One request to a REST subject, to see that it answers the right user before it is measured.

wrk looks at the status of each answer; what it says is looked at here. The gRPC load looks at
the user ID in each answer, and needs no probe.
"""

import json
from http.client import HTTPConnection

from bench.load import LoadFailed
from bench.people import TokenFiles
from bench.subjects import Protocol, Subject

_TIMEOUT_SECONDS = 10


def require_right_answer(subject: Subject, tokens: TokenFiles) -> None:
    """Raises LoadFailed if the answer is not the token's user."""
    if subject.protocol is not Protocol.REST:
        return
    user_id, token = tokens.remembered().read_text("ascii").splitlines()[0].split()
    connection = HTTPConnection("127.0.0.1", subject.port, timeout=_TIMEOUT_SECONDS)
    connection.request("GET", "/api/v1/users/me", headers={"Authorization": f"Bearer {token}"})
    content = json.load(connection.getresponse())
    connection.close()
    if content.get("userId") != (subject.constant_user or user_id):
        raise LoadFailed(f"{subject.name}: answers {content}, not the user of the token")
