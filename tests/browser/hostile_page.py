"""Pages of other origins, served by a plain web server of their own, and what they try."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Another port of the same host is of the same site: SameSite lets its requests carry cookies.
SAME_SITE = "127.0.0.1"
CROSS_SITE = "localhost"

# What became of a fetch: a status that the page may see, "opaque", or the name of the error.
FETCH = """async ([url, options]) => {
    try {
        const answer = await fetch(url, options);
        return answer.type === "opaque" ? "opaque" : answer.status;
    } catch (error) {
        return error.name;
    }
}"""
BEACON = "([url, text]) => navigator.sendBeacon(url, text)"
WRITE_COOKIE = "text => { document.cookie = text; }"
# Whether an element that loads a URL could do so.
LOAD = """([kind, url]) => new Promise(resolve => {
    const element = document.createElement(kind);
    element.onload = () => resolve("loaded");
    element.onerror = () => resolve("error");
    element.src = url;
    document.body.append(element);
})"""
FRAME = """url => new Promise(resolve => {
    const frame = document.createElement("iframe");
    frame.onload = () => resolve("loaded");
    frame.src = url;
    document.body.append(frame);
})"""
# A form whose body is almost JSON; its answer goes to a frame.
SUBMIT = """([url, type, name]) => new Promise(resolve => {
    const frame = document.createElement("iframe");
    frame.name = "answer";
    document.body.append(frame);
    const form = document.createElement("form");
    form.method = "POST"; form.action = url; form.enctype = type; form.target = "answer";
    const field = document.createElement("input");
    field.name = name; field.value = "x";
    form.append(field);
    document.body.append(form);
    frame.onload = () => { frame.remove(); resolve(true); };
    form.submit();
})"""
OPEN = """url => { window.opened = window.open(url); return window.opened !== null; }"""
REACHES = """() => !window.opened.closed && window.opened.length >= 0"""


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>A page of somebody else</title>")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
        """Nothing: the tests look at what our programs log."""


@contextmanager
def hostile_server() -> Iterator[int]:
    """Its port, on this machine under any of its names."""
    with ThreadingHTTPServer((SAME_SITE, 0), _Page) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            serving.join()
