"""Which metrics, labels and values of labels an expression of Prometheus asks for."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_SELECTED = re.compile(r"\b((?:getme|grpc|process)_[a-z0-9_]+)\b(?:\{([^}]*)\})?")
_MATCHER = re.compile(r'(\w+)(=~|=)"([^"]*)"')
_GROUPED = re.compile(r"\b(?:by|on)\s*\(([^)]*)\)")
# Those that Prometheus adds itself.
_FROM_PROMETHEUS = {"instance", "job", "le"}


class Asked(NamedTuple):
    """A metric, and the labels that it must have; with a value where exactly one is asked for."""

    metric: str
    labels: dict[str, str | None]


def asked_for(expression: str) -> Iterator[Asked]:
    """Every metric in the expression, with the labels that it is selected and grouped by."""
    groups = {name.strip() for group in _GROUPED.findall(expression) for name in group.split(",")}
    for metric, matchers in _SELECTED.findall(_GROUPED.sub("", expression)):
        labels: dict[str, str | None] = dict.fromkeys(groups)
        for name, operator, value in _MATCHER.findall(matchers):
            labels[name] = value if operator == "=" else None
        yield Asked(metric, {k: v for k, v in labels.items() if k not in _FROM_PROMETHEUS})
