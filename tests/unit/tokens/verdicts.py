"""What the verifier says of a token that was made with the tests' secret."""

from typing import Any

import pytest

from getme_server.errors import TokenInvalid
from getme_server.tokens.claims import AccessClaims
from getme_server.tokens.policy import TokenPolicy
from getme_server.tokens.verifier import Verifier
from tests.unit.tokens.forging import NOW
from tests.unit.tokens.signing_keys import key_set_of


def verify(token: str, *, now: float = NOW, **policy: Any) -> AccessClaims:
    """The token's claims. policy: members of a TokenPolicy. Raises what the verifier raises."""
    return Verifier(TokenPolicy(**policy)).verify(token, key_set_of("HS256"), now=now)


def refused(token: str, *, now: float = NOW, **policy: Any) -> TokenInvalid:
    """The refusal of a token that must be refused."""
    with pytest.raises(TokenInvalid) as error:
        verify(token, now=now, **policy)
    return error.value
