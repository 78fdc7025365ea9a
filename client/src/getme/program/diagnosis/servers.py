"""Servers of which a client has several: those that another answers for now."""

from contextlib import ExitStack

import grpc

from getme.channels import channel_options
from getme.health_check import HEALTH_CHECK, SERVING, WHOLE_SERVER
from getme.program.diagnosis.addresses import LOOK_SECONDS
from getme.targets import Servers
from getme.tls import Credentials


def not_serving(servers: Servers, credentials: Credentials | None) -> list[str]:
    """Those that do not say within LOOK_SECONDS that they are serving, as they are named.

    credentials: None for connections in the clear. All are asked at once.
    """
    with ExitStack() as channels:
        asked = {}
        for number, host in enumerate(servers.hosts):
            channel = channels.enter_context(_channel(servers, host, credentials, number))
            check: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(HEALTH_CHECK)
            asked[host] = check.future(WHOLE_SERVER, timeout=LOOK_SECONDS)
        return [host for host, answer in asked.items() if not _is_serving(answer)]


def _channel(
    servers: Servers, host: str, credentials: Credentials | None, number: int
) -> grpc.Channel:
    """To one of them, whose certificate is to name what those of all of them name."""
    options = channel_options(number)
    if servers.authority is not None:
        options.append(("grpc.default_authority", servers.authority))
    if credentials is None:
        return grpc.insecure_channel(host, options=options)
    return grpc.secure_channel(host, credentials(), options=options)


def _is_serving(answer: "grpc.Future[bytes]") -> bool:
    try:
        return answer.result() == SERVING
    except grpc.RpcError:
        return False
