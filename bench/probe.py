"""One request to a REST subject, to see that it answers the right user before it is measured.

wrk looks at the status of each answer; what it says is looked at here. The gRPC load looks at
the user ID in each answer, and needs no probe.
"""

from bench.load import LoadFailed
from bench.people import TokenFiles
from bench.rest_request import get_me
from bench.subjects import Protocol, Subject


def require_right_answer(subject: Subject, tokens: TokenFiles) -> None:
    """Raises LoadFailed if the answer is not the token's user."""
    if subject.protocol is not Protocol.REST:
        return
    user_id, token = tokens.first()
    content = get_me(subject.port, token).content
    if content.get("userId") != (subject.constant_user or user_id):
        raise LoadFailed(f"{subject.name}: answers {content}, not the user of the token")
