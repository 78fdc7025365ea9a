"""Calls GetMe over gRPC with whatever metadata: by gRPC's own client where that sends it as it is.

What that client refuses to send (control characters, bytes beyond ASCII) goes out as bare HTTP/2.
"""

import socket
import time
from contextlib import suppress

import grpc

from bench.http2_frames import (
    DATA,
    END_HEADERS,
    END_STREAM,
    GOAWAY,
    HEADER_BYTES,
    HEADERS,
    RST_STREAM,
    constant_headers,
    first_block,
    frame,
    opening,
    read_header,
)
from getme.errors import error_of_call
from getme.v1.user_service_pb2 import GetMeRequest
from getme.v1.user_service_pb2_grpc import UserServiceStub
from tests.attacks.case import ACCEPTED, HTTP2_RESET, Answer, Case, Fields

TIMEOUT_SECONDS = 10
GET_ME = "/getme.v1.UserService/GetMe"
# The status that the contract has for each reason; another one is shown with its reason.
_CODES = {
    "TOKEN_INVALID": grpc.StatusCode.UNAUTHENTICATED,
    "TOKEN_MISSING": grpc.StatusCode.UNAUTHENTICATED,
    "TOKEN_EXPIRED": grpc.StatusCode.UNAUTHENTICATED,
    "TOO_LARGE": grpc.StatusCode.RESOURCE_EXHAUSTED,
}
_EMPTY_MESSAGE = bytes(5)  # not compressed, no bytes
# What stands for a reason in an answer that nobody unpacks: its details are Huffman-coded.
_MESSAGES = {
    b"the token is not valid": "TOKEN_INVALID",
    b"this call needs a token": "TOKEN_MISSING",
}
_BINARY = b"-bin"


class GrpcDoor:
    """One channel to a server."""

    def __init__(self, address: str, channel: grpc.Channel) -> None:
        self._address = address
        self._users = UserServiceStub(channel)

    def send(self, case: Case) -> Answer:
        """Makes the call that a case describes."""
        if all(
            name.islower() and value.isascii() and _printable(value) for name, value in case.fields
        ):
            return self._send_by_client(case.fields)
        return self._send_bare(case.fields)

    def _send_by_client(self, fields: Fields) -> Answer:
        metadata = tuple(
            (name.decode(), value if name.endswith(_BINARY) else value.decode())
            for name, value in fields
        )
        begun = time.perf_counter()
        try:
            answer = self._users.GetMe(GetMeRequest(), metadata=metadata, timeout=TIMEOUT_SECONDS)
        except grpc.RpcError as refused:
            seconds = time.perf_counter() - begun
            shown = f"{refused.details()} {refused.trailing_metadata()}"
            return Answer(_name(refused), shown, seconds)
        return Answer(ACCEPTED, str(answer), time.perf_counter() - begun)

    def _send_bare(self, fields: Fields) -> Answer:
        """Reads as much of the answer as tells a message from a refusal."""
        headers = first_block(constant_headers(self._address, GET_ME))
        block = headers + b"".join(_literal(name, value) for name, value in fields)
        call = frame(HEADERS, END_HEADERS, 1, block) + frame(DATA, END_STREAM, 1, _EMPTY_MESSAGE)
        host, _, port = self._address.partition(":")
        with socket.create_connection((host, int(port)), timeout=TIMEOUT_SECONDS) as client:
            begun = time.perf_counter()
            client.sendall(opening() + call)
            received = _read_answer(client)
            seconds = time.perf_counter() - begun
        shown = b"".join(payload for _, payload in received)
        return Answer(_bare_name(received), shown.decode("latin-1"), seconds)


def _printable(value: bytes) -> bool:
    return value.decode("ascii").isprintable()


def _name(refused: grpc.RpcError) -> str:
    reason = error_of_call(refused).reason
    code = refused.code()
    return reason if _CODES.get(reason, code) is code else f"{reason} with {code.name}"


def _read_answer(client: socket.socket) -> list[tuple[int, bytes]]:
    """The frames of stream 1, or those that end the connection, as kinds with payloads."""
    buffer, frames = b"", list[tuple[int, bytes]]()
    with suppress(ConnectionResetError):
        while part := client.recv(65_536):
            buffer += part
            while len(buffer) >= HEADER_BYTES:
                length, kind, flags, stream = read_header(buffer, 0)
                if len(buffer) < HEADER_BYTES + length:
                    break
                payload = buffer[HEADER_BYTES : HEADER_BYTES + length]
                buffer = buffer[HEADER_BYTES + length :]
                if stream == 1 or kind == GOAWAY:
                    frames.append((kind, payload))
                ends = kind in {HEADERS, DATA} and flags & END_STREAM
                if ends or kind in {RST_STREAM, GOAWAY}:
                    return frames
    return frames


def _bare_name(frames: list[tuple[int, bytes]]) -> str:
    if any(kind == DATA for kind, _ in frames):
        return ACCEPTED
    trailers = b"".join(payload for kind, payload in frames if kind == HEADERS)
    for message, reason in _MESSAGES.items():
        if message in trailers:
            return reason
    return HTTP2_RESET


def _literal(name: bytes, value: bytes) -> bytes:
    """A field that is never put into the table (RFC 7541 section 6.2.2)."""
    return b"\x00" + _length(name) + name + _length(value) + value


def _length(text: bytes) -> bytes:
    """RFC 7541 section 5.1, with a prefix of 7 bits."""
    if len(text) < 127:
        return bytes([len(text)])
    rest = len(text) - 127
    return bytes([127, rest & 127 | 128, rest >> 7]) if rest > 127 else bytes([127, rest])
