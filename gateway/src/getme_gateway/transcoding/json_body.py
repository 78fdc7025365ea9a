"""Bytes of a request body as one JSON object, read strictly (RFC 8259, I-JSON RFC 7493).

Refuses what parsers disagree about: other encodings than UTF-8, a byte order mark, a name given
twice, NaN, numbers too large for a float, anything after the object.
"""

import json
import math
from typing import Any, NoReturn

from getme_gateway.refusals import InvalidField

_MAX_DIGITS = 100  # Python takes thousands and quadratic time; no field of ours needs more than 20


def read_json_object(body: bytes) -> dict[str, Any]:
    """The object that body spells. Raises InvalidField, naming `body`."""
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_without_duplicates,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_integer,
        )
    except UnicodeDecodeError:
        raise InvalidField({"body": "must be in UTF-8"}) from None
    except json.JSONDecodeError:
        raise InvalidField({"body": "must be JSON"}) from None
    except RecursionError:
        raise InvalidField({"body": "is nested too deeply"}) from None
    except ValueError as fault:
        raise InvalidField({"body": str(fault)}) from None
    if not isinstance(value, dict):
        raise InvalidField({"body": "must be a JSON object"})
    return value


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("must not name a member twice")
    return members


def _refuse_constant(_name: str) -> NoReturn:
    raise ValueError("must not contain NaN or Infinity, which are not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("must not contain a number too large for a float")
    return number


def _integer(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        raise ValueError("must not contain a number of that many digits")
    return int(text)
