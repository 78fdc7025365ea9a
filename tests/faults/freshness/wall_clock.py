"""The wall clock of a server that lives elsewhere: sets it, and looks what tokens say of it."""

import time

import jwt

from getme.v1 import auth_service_pb2
from tests.accounts import PASSWORD, new_email
from tests.faults.freshness.doors import Stub
from tests.faults.freshness.installation import OddServer
from tests.faults.freshness.odd_server import CUE
from tests.faults.freshness.orders import REGISTER, Order
from tests.waiting import until

NEAR_SECONDS = 5.0  # a busy machine answers late


def jump(server: OddServer, ahead: float) -> None:
    """Has the clock jump; returns once it is so many seconds ahead of this machine's.

    Raises AssertionError if it is not soon.
    """
    server.signal(CUE)
    assert until(lambda: abs(_seconds_ahead(server) - ahead) < NEAR_SECONDS)


def _seconds_ahead(server: OddServer) -> float:
    """By when a token that it makes is issued."""
    request = auth_service_pb2.RegisterRequest(
        firstname="Ada", lastname="Example", email=new_email(), password=PASSWORD, sign_in=True
    )
    stub = Stub("clock", server.address)
    try:
        answer = stub.answer(Order(REGISTER, request))
    finally:
        stub.close()
    assert isinstance(answer, auth_service_pb2.RegisterResponse)
    claims = jwt.decode(answer.token, options={"verify_signature": False})
    return float(claims["iat"]) - time.time()
