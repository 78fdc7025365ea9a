"""A real nginx in front of a gateway, with nothing of the system's own configuration."""

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.front import free_port, running
from tests.servers.installed import installed

# Limits are those of the contract; times are shorter than ours, so that nginx cuts first.
_CONFIGURATION = """
daemon off;
user {user};
worker_processes 1;
pid {directory}/pid;
error_log stderr error;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    client_max_body_size 64k;
    client_body_buffer_size 64k;
    client_body_timeout 8s;
    client_header_timeout 8s;
    large_client_header_buffers 4 32k;
    server_tokens off;
    {more}
    upstream gateway {{ server {gateway}; keepalive 8; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://gateway;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        }}
    }}
}}
"""


@contextmanager
def nginx(directory: Path, gateway: str, more: str = "") -> Iterator[str]:
    """Runs it; its `host:port`. Skips or fails the test where it is not installed.

    more: directives of its `http` block.
    """
    program = installed("nginx", package="Debian's nginx-light")
    port = free_port()
    configuration = directory / "nginx.conf"
    text = _CONFIGURATION.format(
        user=pwd.getpwuid(os.geteuid()).pw_name,
        directory=directory,
        gateway=gateway,
        port=port,
        more=more,
    )
    configuration.write_text(text, "utf-8")
    command = [program, "-p", str(directory), "-c", str(configuration), "-e", "stderr"]
    with running(command, directory, port) as address:
        yield address
