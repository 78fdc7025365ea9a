"""What every answer tells browsers (OWASP ASVS 5.0, section 3.4).

An answer is data unless it brings a Content-Security-Policy of its own; then it is a page, and
keeps that. Embedding by other sites is forbidden both ways; a page that reads by CORS is not
embedding, so Cross-Origin-Resource-Policy does not stop it.
"""

from getme_gateway.http_messages import Headers

POLICY = b"content-security-policy"
# A year. Not for subdomains: they may be somebody else's.
HSTS_SECONDS = 31_536_000

_EVERYWHERE: Headers = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_OF_DATA = (POLICY, b"default-src 'none'; base-uri 'none'; frame-ancestors 'none'")
# No other site's window holds a handle of ours, nor we of theirs.
_OF_PAGES = (b"cross-origin-opener-policy", b"same-origin")
_HSTS = (b"strict-transport-security", f"max-age={HSTS_SECONDS}".encode())


class SecurityHeaders:
    """The headers of data and of pages. on_tls: whether the gateway itself speaks TLS."""

    def __init__(self, *, on_tls: bool) -> None:
        always = (*_EVERYWHERE, _HSTS) if on_tls else _EVERYWHERE
        self.of_data: Headers = (*always, _OF_DATA)
        self._of_pages: Headers = (*always, _OF_PAGES)

    def beside(self, headers: Headers) -> Headers:
        """What joins an answer's own headers."""
        is_page = any(name == POLICY for name, _ in headers)
        return self._of_pages if is_page else self.of_data
