"""The current-user service over gRPC as it is usually written in Python.

A pool of 10, an interceptor with PyJWT, a prepared SELECT through `session.execute`, and the
defaults of each library. PORT, CASSANDRA_PORT, KEYSPACE and SECRET_KEY say where and with what.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any
from uuid import UUID

import grpc
import jwt
from cassandra.cluster import Cluster, Session
from grpc_interceptor import ServerInterceptor

from getme.v1.user_pb2 import User
from getme.v1.user_service_pb2 import GetMeRequest, GetMeResponse
from getme.v1.user_service_pb2_grpc import (
    UserServiceServicer,
    add_UserServiceServicer_to_server,
)

current_claims: ContextVar[dict[str, Any]] = ContextVar("current_claims")


class AuthInterceptor(ServerInterceptor):
    """Verifies the bearer token of each call."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def intercept(
        self,
        method: Callable[..., Any],
        request_or_iterator: Any,
        context: grpc.ServicerContext,
        method_name: str,  # noqa: ARG002 - the signature is grpc-interceptor's
    ) -> Any:
        """Aborts a call whose token is not good."""
        metadata = dict(context.invocation_metadata())
        token = str(metadata.get("authorization", "")).removeprefix("Bearer ")
        try:
            claims = jwt.decode(token, self._secret, algorithms=["HS256"])
        except jwt.InvalidTokenError as error:
            context.abort(grpc.StatusCode.UNAUTHENTICATED, str(error))
        current_claims.set(claims)
        return method(request_or_iterator, context)


class UserService(UserServiceServicer):
    """Reads the caller's row."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._select = session.prepare("SELECT * FROM users WHERE userid = ?")

    def GetMe(  # noqa: N802 - the contract's name
        self, _request: GetMeRequest, context: grpc.ServicerContext
    ) -> GetMeResponse:
        """The caller's own account."""
        claims = current_claims.get()
        row = self._session.execute(self._select, [UUID(claims["sub"])]).one()
        if row is None:
            context.abort(grpc.StatusCode.NOT_FOUND, "user not found")
        if row.account_status == "suspended":
            context.abort(grpc.StatusCode.PERMISSION_DENIED, "account suspended")
        user = User(
            user_id=str(row.userid),
            firstname=row.firstname,
            lastname=row.lastname,
            email=row.email,
            account_status=row.account_status,
        )
        user.created_date.FromDatetime(row.created_date)
        if row.last_login_date:
            user.last_login_date.FromDatetime(row.last_login_date)
        return GetMeResponse(user=user, roles=claims["roles"])


def serve() -> None:
    """Answers until it is ended."""
    cluster = Cluster(["127.0.0.1"], port=int(os.environ["CASSANDRA_PORT"]))
    session = cluster.connect(os.environ["KEYSPACE"])
    server = grpc.server(
        ThreadPoolExecutor(max_workers=10),
        interceptors=[AuthInterceptor(os.environ["SECRET_KEY"])],
    )
    service = UserService(session)  # type: ignore[abstract]  # nobody calls GetUser here
    add_UserServiceServicer_to_server(service, server)
    server.add_insecure_port(f"127.0.0.1:{os.environ['PORT']}")
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    serve()
