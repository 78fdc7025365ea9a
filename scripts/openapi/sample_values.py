"""Example values of fields, by the fields' names: one made-up person wherever one is shown."""

from collections.abc import Mapping
from typing import Any

SAMPLES: Mapping[str, Any] = {
    "account_status": "active",
    "address": "198.51.100.7",
    "alg": "ES256",
    "created": "2026-03-01T08:00:00Z",
    "created_date": "2025-10-31T10:30:00Z",
    "credentials_locked": False,
    "crv": "P-256",
    "current": True,
    "email": "ada@example.org",
    "expires": "2026-03-31T08:00:00Z",
    "expires_in": 3600,
    "firstname": "Ada",
    "ids": ["550e8400-e29b-41d4-a716-446655440000"],
    "kid": "2026-03",
    "kty": "EC",
    "last_login_date": "2026-03-01T08:00:00Z",
    "last_used": "2026-03-01T09:15:00Z",
    "lastname": "Lovelace",
    "max_staleness": "0s",
    "new_password": "a better engine than the last",
    "old_password": "engines of difference",
    "password": "engines of difference",
    "refresh_token": (
        "gmr_VQ6EAOKbQdSnFkRmVUQAAAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fICEiIyQlJicoKSorLC0u"
        "LzAxMjM0NTY3ODk6Ozw9Pj8"
    ),
    "roles": ["viewer"],
    "session_id": "0f8fad5b-d9cb-469f-a165-70867728950e",
    "token_type": "Bearer",
    "use": "sig",
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "user_id": "550e8400-e29b-41d4-a716-446655440000",
}
