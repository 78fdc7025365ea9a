"""Which endpoint answers a request: by its path first, then by its method.

Literal segments win over variables, from the left. Nothing is ever redirected, and a path with
another method is never tried as a looser template, so that 405 can name the path's methods.
"""

from collections.abc import Awaitable, Callable, Iterable

from getme_gateway.http_messages import Request, Response
from getme_gateway.refusals import MethodNotAllowed, RouteNotFound
from getme_gateway.transcoding.errors import ContractError
from getme_gateway.transcoding.path_templates import PathTemplate, segments_of

OPTIONS = "OPTIONS"

Endpoint = Callable[[Request, list[bytes]], Awaitable[Response]]


class RouteTable:
    """Knows all endpoints. rows: HTTP method, path, endpoint. Raises ContractError for a clash."""

    def __init__(self, rows: Iterable[tuple[str, PathTemplate, Endpoint]]) -> None:
        places: dict[tuple[bytes | None, ...], _Place] = {}
        for method, template, endpoint in rows:
            place = places.setdefault(template.segments, _Place(template))
            if method in place.endpoints:
                raise ContractError(f"two endpoints answer to {method} {template.text}")
            place.endpoints[method] = endpoint
        for place in places.values():
            if "GET" in place.endpoints:  # RFC 9110 section 9.3.2: as GET, without the content
                place.endpoints.setdefault("HEAD", place.endpoints["GET"])
        ordered = sorted(
            places.values(), key=lambda place: [part is None for part in place.template.segments]
        )
        self._by_length: dict[int, list[_Place]] = {}
        for place in ordered:
            self._by_length.setdefault(len(place.template.segments), []).append(place)
        # Most requests spell a path without variables as it is: found without cutting it up.
        self._as_spelt = {
            place.template.text.encode(): place for place in ordered if not place.template.fields
        }

    async def __call__(self, request: Request) -> Response:
        """The endpoint's answer. Raises RouteNotFound, MethodNotAllowed, and what it raises.

        OPTIONS is answered here, for all paths: it asks for their methods (RFC 9110 section
        9.3.7).
        """
        place, values = self._find(request.path)
        request.route = place.template.text
        endpoint = place.endpoints.get(request.method)
        if endpoint is None:
            if request.method == OPTIONS:
                return Response(204, ((b"allow", ", ".join(place.allow).encode()),))
            raise MethodNotAllowed(place.allow)
        return await endpoint(request, values)

    def _find(self, path: bytes) -> tuple["_Place", list[bytes]]:
        if place := self._as_spelt.get(path):
            return place, []
        segments = segments_of(path)
        if segments is not None:
            for place in self._by_length.get(len(segments), ()):
                values = place.template.match(segments)
                if values is not None:
                    return place, values
        raise RouteNotFound


class _Place:
    """All endpoints of one path."""

    def __init__(self, template: PathTemplate) -> None:
        self.template = template
        self.endpoints: dict[str, Endpoint] = {}

    @property
    def allow(self) -> tuple[str, ...]:
        """The methods that are answered, in order."""
        return tuple(sorted({*self.endpoints, OPTIONS}))
