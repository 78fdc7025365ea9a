"""What a storm of sign-ins costs those who are signed in: GetMe's latency before and during it.

SIGN_INS at once, with unknown addresses, which costs one hash each as all others do, and GetMe at
a steady rate beside them. The server has one core, and Cassandra and the load another.
"""

import time
from collections.abc import Iterator
from itertools import cycle
from typing import NamedTuple

import grpc

from bench.load import LoadFailed
from bench.people import TokenFiles
from bench.starter import Service
from getme.v1.auth_service_pb2 import LoginRequest
from getme.v1.auth_service_pb2_grpc import AuthServiceStub
from getme.v1.user_service_pb2 import GetMeRequest
from getme.v1.user_service_pb2_grpc import UserServiceStub

SIGN_INS = 200
CALLS_A_SECOND = 50
CALM_SECONDS = 5.0
_TIMEOUT_SECONDS = 120.0
_PASSWORD = "no secret at all"
_REFUSED = grpc.StatusCode.UNAUTHENTICATED


class Storm(NamedTuple):
    """What was seen. Latencies in milliseconds; seconds: until the last sign-in was answered."""

    calm_p50_ms: float
    calm_p99_ms: float
    p50_ms: float
    p99_ms: float
    calls: int
    seconds: float
    most_resident_mib: float


def measure_storm(service: Service, tokens: TokenFiles) -> Storm:
    """One storm. Raises LoadFailed if a call is not answered as it should be."""
    with grpc.insecure_channel(f"127.0.0.1:{service.port}") as channel:
        get_me = _GetMe(channel, tokens)
        calm = [next(get_me) for _ in range(int(CALM_SECONDS * CALLS_A_SECOND))]
        login = AuthServiceStub(channel).Login
        begun = time.perf_counter()
        sign_ins = [
            login.future(
                LoginRequest(email=f"nobody{number}@example.com", password=_PASSWORD),
                timeout=_TIMEOUT_SECONDS,
            )
            for number in range(SIGN_INS)
        ]
        during, most_resident_mib = [], 0.0
        while not all(sign_in.done() for sign_in in sign_ins):
            during.append(next(get_me))
            most_resident_mib = max(most_resident_mib, service.program.resident_mib())
        seconds = time.perf_counter() - begun
    wrong = {sign_in.code() for sign_in in sign_ins} - {_REFUSED}
    if wrong:
        raise LoadFailed(f"sign-ins of the storm ended as {wrong}")
    return Storm(
        _percentile(calm, 0.5),
        _percentile(calm, 0.99),
        _percentile(during, 0.5),
        _percentile(during, 0.99),
        len(during),
        seconds,
        most_resident_mib,
    )


class _GetMe(Iterator[float]):
    """Calls GetMe at CALLS_A_SECOND; each item is a latency in milliseconds.

    From when the call was due, so that one slow call does not hide those that it held up.
    """

    def __init__(self, channel: grpc.Channel, tokens: TokenFiles) -> None:
        lines = tokens.remembered().read_text("ascii").splitlines()
        self._tokens = cycle(line.split()[1] for line in lines)
        self._call = UserServiceStub(channel).GetMe
        self._due = time.perf_counter()

    def __next__(self) -> float:
        self._due = max(self._due + 1 / CALLS_A_SECOND, time.perf_counter() - 1)
        time.sleep(max(0.0, self._due - time.perf_counter()))
        metadata = (("authorization", f"Bearer {next(self._tokens)}"),)
        self._call(GetMeRequest(), metadata=metadata, timeout=_TIMEOUT_SECONDS)
        return (time.perf_counter() - self._due) * 1_000


def _percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]
