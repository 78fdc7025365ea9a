"""The RFCs' own examples: those of our four algorithms verify, and the others are refused."""

import json
from collections.abc import Mapping

import pytest

from getme_server.errors import TokenInvalid
from getme_server.tokens import base64url
from getme_server.tokens.errors import KeyRefused
from getme_server.tokens.jwks import key_set_of_jwks
from getme_server.tokens.key import HS256, Key
from getme_server.tokens.key_set import KeySet
from getme_server.tokens.reader import read
from getme_server.tokens.signature import require_kind, require_signature
from tests.unit.tokens.signing_keys import EC, ED, RSA, jwks, public

# RFC 7515 appendix A.1, which A.2, A.3 and A.5 sign as well
JOE = (
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
)
# RFC 7520 section 4, figure 8: a line of "The Lord of the Rings", no claims at all
FRODO = (
    "SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAg"
    "b250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dp"
    "bmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4"
)
SECRET_7515 = (
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
)
SECRET_7520 = "hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg"
BILBO: Mapping[str, str] = {
    "kty": "RSA",
    "kid": "bilbo.baggins@hobbiton.example",
    "use": "sig",
    "n": (
        "n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_"
        "AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpP"
        "e7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg"
        "_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw"
    ),
    "e": "AQAB",
}
P_521 = {
    "kty": "EC",
    "crv": "P-521",
    "x": "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk",
    "y": "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2",
}


def secret(text: str) -> KeySet:
    """A secret of an example; everybody knows it, so it is made without asking its strength."""
    raw = base64url.decode(text)
    return KeySet([Key("", HS256, raw, raw, 0, {})])


def key(jwk: Mapping[str, str]) -> KeySet:
    return key_set_of_jwks(jwks(jwk))


# key, token
VERIFY = {
    "RFC 7515 A.1, HS256": (
        secret(SECRET_7515),
        (
            f"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{JOE}."
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        ),
    ),
    "RFC 7515 A.2, RS256": (
        key(public(RSA)),
        (
            f"eyJhbGciOiJSUzI1NiJ9.{JOE}."
            "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W"
            "2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkS"
            "jtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnv"
            "Wh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
        ),
    ),
    "RFC 7515 A.3, ES256": (
        key(public(EC)),
        (
            f"eyJhbGciOiJFUzI1NiJ9.{JOE}."
            "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
        ),
    ),
    "RFC 8037 A.4, Ed25519": (
        key(public(ED)),
        (
            "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        ),
    ),
    "RFC 7520 4.1, RS256": (
        key(BILBO),
        (
            "eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9."
            f"{FRODO}."
            "MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp83"
            "xuglII7PNDi84wnB-BDkoBwA78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJ"
            "Dt5aAE6x8wW1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1U12"
            "podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84ogoree7vjbU5y18kDquDg"
        ),
    ),
    "RFC 7520 4.4, HS256": (
        secret(SECRET_7520),
        (
            "eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9."
            f"{FRODO}.s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0"
        ),
    ),
}

ES512 = (
    "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA."
    "AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7Xdt"
    "AG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn"
)
NONE = f"eyJhbGciOiJub25lIn0.{JOE}."


def judge(token: str, keys: KeySet) -> None:
    jws = read(token)
    require_kind(jws.header, required=frozenset())
    require_signature(jws, keys)


@pytest.mark.parametrize(("keys", "token"), VERIFY.values(), ids=VERIFY)
def test_example_verifies(keys: KeySet, token: str) -> None:
    judge(token, keys)


@pytest.mark.parametrize(("keys", "token"), VERIFY.values(), ids=VERIFY)
def test_example_with_one_bit_of_its_signature_turned_does_not(keys: KeySet, token: str) -> None:
    start, _, signature = token.rpartition(".")
    raw = base64url.decode(signature)
    for byte in (0, len(raw) // 2, len(raw) - 1):
        turned = raw[:byte] + bytes([raw[byte] ^ 1]) + raw[byte + 1 :]
        with pytest.raises(TokenInvalid):
            judge(f"{start}.{base64url.encode(turned)}", keys)


@pytest.mark.parametrize("keys", [keys for keys, _ in VERIFY.values()], ids=VERIFY)
@pytest.mark.parametrize(
    "token", [ES512, NONE], ids=["RFC 7515 A.4, ES512", "RFC 7515 A.5, unsigned"]
)
def test_example_of_another_algorithm_is_refused(token: str, keys: KeySet) -> None:
    with pytest.raises(TokenInvalid):
        judge(token, keys)


def test_key_of_another_curve_is_refused() -> None:
    with pytest.raises(KeyRefused, match="of no kind that getme uses"):
        key_set_of_jwks(json.dumps({"keys": [P_521]}).encode())
