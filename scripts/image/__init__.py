"""Assembles an OCI image of getme without a container engine (`make image`).

It holds what deploy/Dockerfile puts into one, on a smaller base: Python and its libraries from
Debian, no shell and no package manager.
"""
