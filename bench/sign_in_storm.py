"""What a storm of sign-ins costs those who are signed in: GetMe's latency before and during it.

SIGN_INS at once, with unknown addresses, which costs one hash each as all others do, and GetMe at
a steady rate beside them. The server has one core, and Cassandra and the load another.
"""

import time
from typing import NamedTuple

import grpc

from bench.load import LoadFailed
from bench.measure import percentile
from bench.people import TokenFiles
from bench.starter import Service
from bench.steady_calls import SteadyCalls
from getme.v1.auth_service_pb2 import LoginRequest
from getme.v1.auth_service_pb2_grpc import AuthServiceStub

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
        get_me = SteadyCalls(channel, tokens, calls_a_second=CALLS_A_SECOND)
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
        percentile(calm, 0.5),
        percentile(calm, 0.99),
        percentile(during, 0.5),
        percentile(during, 0.99),
        len(during),
        seconds,
        most_resident_mib,
    )
