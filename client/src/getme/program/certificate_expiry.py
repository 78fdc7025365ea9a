"""When a program's own certificates end, for Prometheus: an alert in time is the way to renew one.

Only what is in use counts: a renewed file that was refused, or is read at the next start only,
helps nobody.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


class CertificateExpiry(Collector):
    """Shows getme_certificate_expiry_timestamp_seconds.

    expires: by the setting that names the file, when what is in use ends, aware, or None; asked for
    each scrape. Nothing is shown where there is none.
    """

    def __init__(self, expires: Mapping[str, Callable[[], datetime | None]]) -> None:
        self._expires = expires

    def collect(self) -> Iterator[Metric]:
        """The one metric."""
        gauge = GaugeMetricFamily(
            "getme_certificate_expiry_timestamp_seconds",
            "When the certificate in use ends, in seconds since 1970.",
            labels=["setting"],
        )
        for setting, when in self._expires.items():
            ends = when()
            if ends is not None:
                gauge.add_metric([setting], ends.timestamp())
        yield gauge
