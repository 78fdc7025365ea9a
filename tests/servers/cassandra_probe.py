"""Asks a node over CQL whether it lets clients in and which other nodes it lists.

Speaks the few frames of the native protocol v4 that this takes (native_protocol_v4.spec: header in
section 2, requests in section 4.1, rows in section 4.2.5.2) instead of using the driver, which
would log and schedule reconnections while a node is still starting.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from ssl import SSLContext

TIMEOUT_SECONDS = 5

HEADER = struct.Struct(">BBhBi")  # version, flags, stream, opcode, length of the body
PROTOCOL_VERSION = 4
STARTUP, READY, AUTHENTICATE, QUERY, RESULT = 0x01, 0x02, 0x03, 0x07, 0x08
AUTH_RESPONSE, AUTH_SUCCESS = 0x0F, 0x10

STARTUP_BODY = b"\0\1\0\x0bCQL_VERSION\0\x053.0.0"
CREDENTIALS = b"\0cassandra\0cassandra"  # the superuser of a new cluster
CONSISTENCY_ONE_NO_FLAGS = b"\0\1\0"
CONSISTENCY_ALL_NO_FLAGS = b"\0\5\0"


def lets_clients_in(address: str, port: int, tls: SSLContext | None = None) -> bool:
    """Whether the whole handshake succeeds, with the login where one is asked for."""
    try:
        with _session(address, port, tls):
            return True
    except OSError:
        return False


def lists_member(address: str, port: int, member: str, tls: SSLContext | None = None) -> bool:
    """Whether the node at this address knows member, an address, as one that owns tokens.

    Raises OSError if the node cannot be asked.
    """
    # A count of the values that are not null, so a joining member, still without tokens, is 0.
    query = f"SELECT count(tokens) FROM system.peers WHERE peer = '{member}'".encode()  # noqa: S608
    with _session(address, port, tls) as connection:
        opcode, body = _answer(connection, QUERY, _sized(query) + CONSISTENCY_ONE_NO_FLAGS)
    return opcode == RESULT and int.from_bytes(body[-8:]) == 1


def reads_from_all(address: str, port: int, table: str) -> bool:
    """Whether the node at this address finds every copy of a row of table, `keyspace.table`.

    A node may answer clients seconds before the others believe that it is up again.
    """
    query = f"SELECT * FROM {table} LIMIT 1".encode()  # noqa: S608
    try:
        with _session(address, port) as connection:
            opcode, _ = _answer(connection, QUERY, _sized(query) + CONSISTENCY_ALL_NO_FLAGS)
    except OSError:
        return False
    return opcode == RESULT


@contextlib.contextmanager
def _session(address: str, port: int, tls: SSLContext | None = None) -> Iterator[socket.socket]:
    """A connection that may send queries; OSError where there is none to be had."""
    with _connected(address, port, tls) as connection:
        opcode, _ = _answer(connection, STARTUP, STARTUP_BODY)
        if opcode == AUTHENTICATE:
            opcode, _ = _answer(connection, AUTH_RESPONSE, _sized(CREDENTIALS))
        if opcode not in {READY, AUTH_SUCCESS}:
            raise ConnectionRefusedError
        yield connection


def _connected(address: str, port: int, tls: SSLContext | None) -> socket.socket:
    connection = socket.create_connection((address, port), timeout=TIMEOUT_SECONDS)
    # A handshake that fails closes the connection.
    return tls.wrap_socket(connection, server_hostname=address) if tls else connection


def _answer(connection: socket.socket, opcode: int, body: bytes) -> tuple[int, bytes]:
    """Opcode and body of the node's answer to one request."""
    connection.sendall(HEADER.pack(PROTOCOL_VERSION, 0, 0, opcode, len(body)) + body)
    with connection.makefile("rb") as stream:
        header = stream.read(HEADER.size)
        if len(header) < HEADER.size:
            raise ConnectionResetError
        _, _, _, answered, length = HEADER.unpack(header)
        return answered, stream.read(length)


def _sized(value: bytes) -> bytes:
    return struct.pack(">i", len(value)) + value
