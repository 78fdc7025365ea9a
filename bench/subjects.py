"""What is measured: the rows of the results, and which programs each of them consists of."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial

from bench.go_peers import GoMissing
from bench.people import TokenFiles
from bench.program import Program
from bench.rest_request import get_me
from bench.starter import Service, Starter
from getme.v1.user_service_pb2 import GetMeResponse
from getme_server.accounts.account import Account
from getme_server.servicers.messages import etag_of, user_message

FLOOR = "bare grpcio, constant answer"
REST_FLOOR = "constant ASGI answer on granian"
# granian's cost for each header is what separates the two.
SAME_HEADERS = "constant ASGI answer with the same headers"
FLOORS = (FLOOR, REST_FLOOR, SAME_HEADERS)
FROM_MEMORY = "getme, from memory"
ASKING_CASSANDRA = "getme, Cassandra, each call reads"
GATEWAY = "getme gateway, from memory"
ASKING_GATEWAY = "getme gateway and server, Cassandra, each request asks"
USUAL_GRPC = "usual Python gRPC, Cassandra"
USUAL_FASTAPI = "usual FastAPI, Cassandra"
GO_GRPC = "Go: grpc-go with gocql"
GO_REST = "Go: grpc-gateway over grpc-go"

# The HTTP server's own, which it adds to the constant answers as well; and the length.
_NOT_THE_APPLICATIONS = {"date", "server", "connection", "content-length", "transfer-encoding"}


class Protocol(Enum):
    """How a subject is called."""

    GRPC = "gRPC"
    REST = "REST"


@dataclass(frozen=True)
class Subject:
    """One row of the results.

    programs: whose CPU time it is, by the name of the part. new_tokens: each call brings a token
    that was never seen. from_memory: its answers are remembered, and are to be so before each
    round. constant_user: the user ID that all its answers carry, where they do not depend on the
    token.
    """

    name: str
    protocol: Protocol
    port: int
    programs: dict[str, Program]
    new_tokens: bool = False
    from_memory: bool = False
    constant_user: str | None = None


@dataclass(frozen=True)
class Missing:
    """A row that this machine cannot measure, and why."""

    name: str
    protocol: Protocol
    reason: str


def make_subjects(
    starter: Starter, person: Account, tokens: TokenFiles, *, wanted: Callable[[str], bool]
) -> tuple[list[Subject], list[Missing]]:
    """Those whose names are wanted, and the floors, started; and those that cannot be.

    person: whose data the constant answers carry.
    """
    made: list[Subject] = []
    missing: list[Missing] = []
    for name, make in _makers(starter, person, tokens):
        if not wanted(name) and name not in FLOORS:
            continue
        try:
            made.append(make(name))
        except GoMissing as reason:
            protocol = Protocol.GRPC if name == GO_GRPC else Protocol.REST
            missing.append(Missing(name, protocol, str(reason)))
    return made, missing


def _makers(
    starter: Starter, person: Account, tokens: TokenFiles
) -> list[tuple[str, Callable[[str], Subject]]]:
    return [
        (FLOOR, partial(_bare_grpcio, starter, person)),
        (FROM_MEMORY, partial(_from_memory, starter)),
        ("getme, SQLite, each call reads", partial(_asking_sqlite, starter)),
        (ASKING_CASSANDRA, partial(_asking_cassandra, starter)),
        ("getme, Cassandra, each call a new token", partial(_new_tokens, starter)),
        (USUAL_GRPC, partial(_usual_grpc, starter)),
        (GO_GRPC, partial(_go_grpc, starter)),
        (REST_FLOOR, partial(_constant_asgi, starter, person)),
        (SAME_HEADERS, partial(_same_headers, starter, person, tokens)),
        (GATEWAY, partial(_gateway, starter)),
        (ASKING_GATEWAY, partial(_asking_gateway, starter)),
        (USUAL_FASTAPI, partial(_usual_fastapi, starter)),
        (GO_REST, partial(_go_gateway, starter)),
    ]


def _bare_grpcio(starter: Starter, person: Account, name: str) -> Subject:
    service = starter.constant("bare_grpcio", grpc_answer(person))
    return replace(_grpc(name, service), constant_user=str(person.user_id))


def _usual_grpc(starter: Starter, name: str) -> Subject:
    return _grpc(name, starter.usual("usual_grpc"))


def _go_grpc(starter: Starter, name: str) -> Subject:
    return _grpc(name, starter.go_server)


def _from_memory(starter: Starter, name: str) -> Subject:
    return replace(_grpc(name, starter.on_cassandra), from_memory=True)


def _new_tokens(starter: Starter, name: str) -> Subject:
    return replace(_grpc(name, starter.on_cassandra), new_tokens=True)


def _asking_cassandra(starter: Starter, name: str) -> Subject:
    return _grpc(name, starter.asking_cassandra)


def _asking_sqlite(starter: Starter, name: str) -> Subject:
    return _grpc(name, starter.asking_sqlite)


def _grpc(name: str, service: Service) -> Subject:
    return Subject(name, Protocol.GRPC, service.port, {"server": service.program})


def _rest(name: str, service: Service) -> Subject:
    return Subject(name, Protocol.REST, service.port, {"server": service.program})


def _constant_asgi(starter: Starter, person: Account, name: str) -> Subject:
    service = starter.constant("constant_asgi", _rest_answer(person))
    return replace(_rest(name, service), constant_user=str(person.user_id))


def _same_headers(starter: Starter, person: Account, tokens: TokenFiles, name: str) -> Subject:
    _, token = tokens.first()
    headers = [
        header
        for header in get_me(starter.gateway.port, token).headers
        if header[0] not in _NOT_THE_APPLICATIONS
    ]
    service = starter.constant("constant_asgi", _rest_answer(person), headers)
    return replace(_rest(name, service), constant_user=str(person.user_id))


def _usual_fastapi(starter: Starter, name: str) -> Subject:
    return _rest(name, starter.usual("usual_fastapi"))


def _gateway(starter: Starter, name: str) -> Subject:
    subject = _gateway_and_server(name, starter.gateway, starter.on_cassandra)
    return replace(subject, from_memory=True)


def _asking_gateway(starter: Starter, name: str) -> Subject:
    return _gateway_and_server(name, starter.asking_gateway, starter.asking_cassandra)


def _go_gateway(starter: Starter, name: str) -> Subject:
    return _gateway_and_server(name, starter.go_gateway, starter.go_server)


def _gateway_and_server(name: str, gateway: Service, server: Service) -> Subject:
    programs = {"gateway": gateway.program, "server": server.program}
    return Subject(name, Protocol.REST, gateway.port, programs)


def grpc_answer(person: Account) -> bytes:
    """GetMeResponse of a person, as bytes."""
    user = user_message(person)
    answer = GetMeResponse(user=user, etag=etag_of(user), roles=["viewer"])
    return answer.SerializeToString()


def _rest_answer(person: Account) -> bytes:
    return (
        f'{{"userId":"{person.user_id}","firstname":"{person.firstname}",'
        f'"lastname":"{person.lastname}","email":"{person.email}",'
        f'"account_status":"{person.account_status}",'
        '"created_date":"2025-10-31T10:30:00Z","last_login_date":"2025-11-01T10:30:00Z"}'
    ).encode()
