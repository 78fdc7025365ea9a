"""Limits of the contract that hold over gRPC and REST alike.

What the gateway lets pass, the server must take: neither states a figure of its own.
"""

MAX_REQUEST_BYTES = 64 * 1024  # a request: the message over gRPC, the body over REST
MAX_METADATA_BYTES = 32 * 1024  # a call's metadata over gRPC, the headers over REST
