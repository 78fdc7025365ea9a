"""HTTP and JSON to protobuf and back, from descriptors and their annotations alone.

Everything here is compiled at start, for any contract; no client, no ASGI, no route by name.
"""
