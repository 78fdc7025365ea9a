"""Answers that several operations have, written once: the document would be three times as long."""

import json
from collections import Counter
from collections.abc import Iterator

from scripts.openapi.contract import Json


def share_responses(paths: Json) -> Json:
    """Components of the answers in paths that are there twice or more, which become references.

    Each is named for the first operation that has it, and its status.
    """
    places = list(_places(paths))
    times = Counter(_text(responses[status]) for _, responses, status in places)
    names: dict[str, str] = {}
    components: Json = {}
    for operation_id, responses, status in places:
        response = responses[status]
        text = _text(response)
        if times[text] > 1:
            name = names.setdefault(text, f"{operation_id[0].upper()}{operation_id[1:]}{status}")
            components[name] = response
            responses[status] = {"$ref": f"#/components/responses/{name}"}
    return components


def _places(paths: Json) -> Iterator[tuple[str, Json, str]]:
    """Operation ID, its answers, and the status of one of them."""
    for place in paths.values():
        for method, operation in place.items():
            if method != "parameters":
                for status in operation["responses"]:
                    yield operation["operationId"], operation["responses"], status


def _text(response: Json) -> str:
    return json.dumps(response, sort_keys=True)
