"""What is measured: the rows of the results, and which programs each of them consists of."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path

from bench.databases import Databases
from bench.program import Program
from bench.starter import Service, Starter
from getme.v1.user_service_pb2 import GetMeResponse
from getme_server.accounts.account import Account
from getme_server.servicers.messages import etag_of, user_message

FLOOR = "bare grpcio, constant answer"
REST_FLOOR = "constant ASGI answer on granian"


class Protocol(Enum):
    """How a subject is called."""

    GRPC = "gRPC"
    REST = "REST"


@dataclass(frozen=True)
class Subject:
    """One row of the results.

    programs: whose CPU time it is, by the name of the part. new_tokens: each call brings a token
    that was never seen. constant_user: the user ID that all its answers carry, where they do not
    depend on the token.
    """

    name: str
    protocol: Protocol
    port: int
    programs: dict[str, Program]
    new_tokens: bool = False
    constant_user: str | None = None


@contextmanager
def running_subjects(
    databases: Databases, directory: Path, person: Account, wanted: Callable[[str], bool]
) -> Iterator[list[Subject]]:
    """Those whose names are wanted, and the floors, running until the end of `with`.

    person: whose data the constant answers carry.
    """
    with ExitStack() as stack:
        starter = Starter(databases, directory, stack)
        yield [
            make(name)
            for name, make in _makers(starter, person)
            if wanted(name) or name in {FLOOR, REST_FLOOR}
        ]


def _makers(starter: Starter, person: Account) -> list[tuple[str, Callable[[str], Subject]]]:
    return [
        (FLOOR, partial(_bare_grpcio, starter, person)),
        ("usual Python gRPC, Cassandra", partial(_usual_grpc, starter)),
        ("getme, Cassandra, each call a new token", partial(_new_tokens, starter)),
        ("getme, Cassandra", partial(_on_cassandra, starter)),
        ("getme, SQLite", partial(_on_sqlite, starter)),
        (REST_FLOOR, partial(_constant_asgi, starter, person)),
        ("usual FastAPI, Cassandra", partial(_usual_fastapi, starter)),
        ("getme gateway and server, Cassandra", partial(_gateway_and_server, starter)),
    ]


def _bare_grpcio(starter: Starter, person: Account, name: str) -> Subject:
    service = starter.constant("bare_grpcio", _grpc_answer(person))
    return _grpc(name, service, constant_user=str(person.user_id))


def _usual_grpc(starter: Starter, name: str) -> Subject:
    return _grpc(name, starter.usual("usual_grpc"))


def _new_tokens(starter: Starter, name: str) -> Subject:
    return _grpc(name, starter.on_cassandra, new_tokens=True)


def _on_cassandra(starter: Starter, name: str) -> Subject:
    return _grpc(name, starter.on_cassandra)


def _on_sqlite(starter: Starter, name: str) -> Subject:
    return _grpc(name, starter.on_sqlite)


def _grpc(
    name: str, service: Service, *, new_tokens: bool = False, constant_user: str | None = None
) -> Subject:
    return Subject(
        name,
        Protocol.GRPC,
        service.port,
        {"server": service.program},
        new_tokens=new_tokens,
        constant_user=constant_user,
    )


def _constant_asgi(starter: Starter, person: Account, name: str) -> Subject:
    service = starter.constant("constant_asgi", _rest_answer(person))
    return Subject(
        name,
        Protocol.REST,
        service.port,
        {"server": service.program},
        constant_user=str(person.user_id),
    )


def _usual_fastapi(starter: Starter, name: str) -> Subject:
    service = starter.usual("usual_fastapi")
    return Subject(name, Protocol.REST, service.port, {"server": service.program})


def _gateway_and_server(starter: Starter, name: str) -> Subject:
    server = starter.on_cassandra
    gateway = starter.gateway(server)
    programs = {"gateway": gateway.program, "server": server.program}
    return Subject(name, Protocol.REST, gateway.port, programs)


def _grpc_answer(person: Account) -> bytes:
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
