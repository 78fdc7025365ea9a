"""AuthService of the contract."""

from collections.abc import Callable, Mapping, Sequence

import grpc

from getme.v1.auth_service_pb2 import GetPublicKeysRequest, GetPublicKeysResponse, JsonWebKey
from getme.v1.auth_service_pb2_grpc import AuthServiceServicer

# RFC 7517 section 4, RFC 7518 section 6, RFC 8037 section 2. A list of what may be shown, not of
# what may not: a member that nobody thought of stays inside.
PUBLIC_MEMBERS = ("kty", "use", "alg", "kid", "crv", "x", "y", "n", "e")


PublicKeys = Callable[[], Sequence[Mapping[str, str]]]


class AuthService(AuthServiceServicer):
    """Tells how others can verify tokens.

    public_keys: the JSON Web Keys that verify tokens now; asked for each call, since they rotate.
    """

    def __init__(self, public_keys: PublicKeys) -> None:
        self._public_keys = public_keys

    def GetPublicKeys(
        self, _request: GetPublicKeysRequest, _context: grpc.ServicerContext
    ) -> GetPublicKeysResponse:
        """All public keys."""
        return GetPublicKeysResponse(keys=map(_key_message, self._public_keys()))


def _key_message(key: Mapping[str, str]) -> JsonWebKey:
    return JsonWebKey(**{name: key[name] for name in PUBLIC_MEMBERS if name in key})
