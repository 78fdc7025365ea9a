"""The current-user endpoint over REST as it is usually written in Python.

FastAPI, a bearer dependency with PyJWT, a prepared SELECT through `session.execute`, uvicorn with
uvloop and httptools, whose access log is off. PORT, CASSANDRA_PORT, KEYSPACE and SECRET_KEY say
where and with what.
"""

# mypy: disable-error-code="import-not-found, untyped-decorator"
# FastAPI and uvicorn are in the dependency group `bench`, which `make check` does without.

import os
from datetime import datetime
from typing import Annotated
from uuid import UUID

import jwt
import uvicorn
from cassandra.cluster import Cluster
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

app = FastAPI()
bearer = HTTPBearer()
secret = os.environ["SECRET_KEY"]
cluster = Cluster(["127.0.0.1"], port=int(os.environ["CASSANDRA_PORT"]))
session = cluster.connect(os.environ["KEYSPACE"])
select_user = session.prepare("SELECT * FROM users WHERE userid = ?")


class User(BaseModel):
    """What the endpoint answers."""

    userId: UUID  # noqa: N815 - the contract's name
    firstname: str
    lastname: str
    email: str
    account_status: str
    created_date: datetime
    last_login_date: datetime | None


def current_user_id(
    credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)],
) -> UUID:
    """The user that the token names."""
    try:
        claims = jwt.decode(credentials.credentials, secret, algorithms=["HS256"])
    except jwt.InvalidTokenError as error:
        raise HTTPException(401, "invalid token") from error
    return UUID(claims["sub"])


@app.get("/api/v1/users/me")
def get_me(user_id: Annotated[UUID, Depends(current_user_id)]) -> User:
    """The caller's own account."""
    row = session.execute(select_user, [user_id]).one()
    if row is None:
        raise HTTPException(404, "user not found")
    if row.account_status == "suspended":
        raise HTTPException(403, "account suspended")
    return User(
        userId=row.userid,
        firstname=row.firstname,
        lastname=row.lastname,
        email=row.email,
        account_status=row.account_status,
        created_date=row.created_date,
        last_login_date=row.last_login_date,
    )


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PORT"]), access_log=False, log_level="warning")
