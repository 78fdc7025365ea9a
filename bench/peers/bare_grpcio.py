"""The floor of gRPC in Python: grpcio with a pool of 10 and an answer that is ready as bytes.

No interceptor, no token, no message parsed or built, no store. PORT and ANSWER_FILE say where it
listens and what it answers.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc


def serve() -> None:
    """Answers until it is ended."""
    answer = Path(os.environ["ANSWER_FILE"]).read_bytes()

    def get_me(_request: bytes, _context: grpc.ServicerContext) -> bytes:
        return answer

    service = grpc.method_handlers_generic_handler(
        "getme.v1.UserService", {"GetMe": grpc.unary_unary_rpc_method_handler(get_me)}
    )
    server = grpc.server(ThreadPoolExecutor(10))
    server.add_generic_rpc_handlers((service,))
    server.add_insecure_port(f"127.0.0.1:{os.environ['PORT']}")
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    serve()
