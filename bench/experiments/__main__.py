"""`python -m bench.experiments`: what other ways to serve cached GetMe cost, beside bare grpcio."""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import grpc
from google.rpc.error_details_pb2 import ErrorInfo
from grpc_status import rpc_status

from bench.databases import filled_databases
from bench.experiments.alternatives import Alternatives, install_pyvoy
from bench.load import LoadFailed, keep_to_the_load_s_core, require_tools
from bench.measure import Measured, measure
from bench.people import TokenFiles, accounts
from bench.starter import Starter
from bench.subjects import FROM_MEMORY, Protocol, Subject, make_subjects
from getme.v1.user_service_pb2 import GetMeRequest
from getme.v1.user_service_pb2_grpc import UserServiceStub

_TIMEOUT_SECONDS = 5


def require_refusal(subject: Subject, authorization: str | None, reason: str) -> None:
    """Raises LoadFailed if a call is not refused with a reason, as the contract wants."""
    metadata = () if authorization is None else (("authorization", authorization),)
    told = ""
    with grpc.insecure_channel(f"127.0.0.1:{subject.port}") as channel:
        try:
            UserServiceStub(channel).GetMe(
                GetMeRequest(), metadata=metadata, timeout=_TIMEOUT_SECONDS
            )
        except grpc.RpcError as refusal:
            status = rpc_status.from_call(refusal)  # type: ignore[arg-type]  # it is a call too
            info = ErrorInfo()
            if status is not None and status.details[0].Unpack(info):
                told = info.reason
    if told != reason:
        raise LoadFailed(f"{subject.name}: says {told!r}, not {reason}")


def _measure(rounds: int, seconds: float) -> list[Measured]:
    people = accounts()
    with tempfile.TemporaryDirectory(prefix="getme-bench-") as name, ExitStack() as stack:
        directory = Path(name)
        tokens = TokenFiles(directory, people)
        databases = stack.enter_context(filled_databases(directory, people))
        made, _ = make_subjects(
            Starter(databases, directory, stack),
            people[0],
            tokens,
            wanted=lambda name: name == FROM_MEMORY,
        )
        alternatives = Alternatives(directory, stack)
        data = alternatives.write_data(people, tokens)
        constant = alternatives.pyvoy("pyvoy, constant answer", "constant", data)
        cached = alternatives.pyvoy("pyvoy, cached GetMe", "cached", data)
        require_refusal(cached, None, "TOKEN_MISSING")
        require_refusal(cached, "Bearer unknown", "TOKEN_INVALID")
        subjects = [
            *(subject for subject in made if subject.protocol is Protocol.GRPC),
            replace(constant, constant_user=str(people[0].user_id)),
            cached,
        ]
        return measure(subjects, tokens, rounds=rounds, seconds=seconds, tell=_tell)


def _tell(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def _print(rows: Sequence[Measured]) -> None:
    print("| subject | of the floor | CPU per call | calls/s | p50 | p99 | memory |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for row in rows:
        ratio, cost = row.of_floor, row.microseconds
        print(
            f"| {row.subject.name}"
            f" | **{ratio.median:.2f}** ({ratio.least:.2f}-{ratio.most:.2f})"
            f" | {cost.median:.0f} us ({cost.least:.0f}-{cost.most:.0f})"
            f" | {row.calls_a_second:,.0f} | {row.p50_ms:.1f} ms | {row.p99_ms:.1f} ms"
            f" | {sum(row.resident_mib.values()):.0f} MiB |"
        )


def main() -> None:
    """Measures, prints."""
    parser = argparse.ArgumentParser(prog="python -m bench.experiments", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3, help="for each subject in each round")
    arguments = parser.parse_args()
    try:
        require_tools()
        install_pyvoy()
        keep_to_the_load_s_core()
        _print(_measure(arguments.rounds, arguments.seconds))
    except (LoadFailed, RuntimeError) as failed:
        sys.exit(f"bench: {failed}")


if __name__ == "__main__":
    main()
