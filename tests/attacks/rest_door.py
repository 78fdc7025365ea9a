"""Asks the gateway who the caller is, with whatever headers, byte by byte over a plain socket."""

import http.client
import json
import socket
import time
from contextlib import suppress

from tests.attacks.case import ACCEPTED, Answer, Case

TIMEOUT_SECONDS = 10
PROBLEM = "application/problem+json"
# The status that the contract has for each reason; another one is shown with its reason.
_STATUSES = {"TOKEN_INVALID": 401, "TOKEN_MISSING": 401, "TOKEN_EXPIRED": 401, "TOO_LARGE": 431}


class RestDoor:
    """One gateway. Each request has a connection of its own."""

    def __init__(self, address: str) -> None:
        host, _, port = address.partition(":")
        self._address = (host, int(port))

    def send(self, case: Case) -> Answer:
        """Sends the request that a case describes."""
        with socket.create_connection(self._address, TIMEOUT_SECONDS) as browser:
            begun = time.perf_counter()
            # It may be refused, and the connection closed, before the end of it.
            with suppress(BrokenPipeError, ConnectionResetError):
                browser.sendall(_request(case))
            try:
                with http.client.HTTPResponse(browser) as response:
                    response.begin()
                    body = response.read().decode()
            except (ConnectionResetError, http.client.BadStatusLine):
                return Answer("closed without an answer", "", time.perf_counter() - begun)
            seconds = time.perf_counter() - begun
        return Answer(_name(response, body), f"{response.headers}{body}", seconds)


def _request(case: Case) -> bytes:
    lines = [b"GET " + case.target + b" HTTP/1.1", b"Host: getme"]
    lines += [name + b": " + value for name, value in case.fields]
    if case.body:
        lines.append(b"Content-Length: %d" % len(case.body))
    return b"\r\n".join([*lines, b"", case.body])


def _name(response: http.client.HTTPResponse, body: str) -> str:
    if response.status == http.HTTPStatus.OK:
        return ACCEPTED
    if response.headers["content-type"] != PROBLEM:
        return f"HTTP {response.status}"
    reason = str(json.loads(body)["reason"])
    expected = _STATUSES.get(reason)
    if expected != response.status:
        return f"{reason} with {response.status}"
    challenge = response.headers["www-authenticate"] or ""
    told = 'error="invalid_token"' in challenge
    if expected == http.HTTPStatus.UNAUTHORIZED and told != (reason != "TOKEN_MISSING"):
        return f"{reason} with challenge {challenge!r}"
    return reason
