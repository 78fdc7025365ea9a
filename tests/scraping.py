"""What a running program shows to Prometheus."""

import httpx
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from tests.servers.programs import Program


def samples(program: Program) -> list[Sample]:
    """All of one scrape."""
    text = httpx.get(program.metrics_url, trust_env=False).text
    return [sample for family in text_string_to_metric_families(text) for sample in family.samples]


def shown(program: Program, name: str, **labels: str) -> float | None:
    """The one value of a metric with these labels among its own; None where there is none."""
    values = [
        sample.value
        for sample in samples(program)
        if sample.name == name and labels.items() <= sample.labels.items()
    ]
    assert len(values) < 2, values
    return values[0] if values else None
