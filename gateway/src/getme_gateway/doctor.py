"""`getme-gateway doctor`: what it looks at, in the order in which it is told."""

from getme.program.diagnosis.finding import Looked
from getme_gateway.diagnosis.addresses import look_at_metrics, look_at_requests
from getme_gateway.diagnosis.certificates import look_at_tls
from getme_gateway.diagnosis.origins import look_at_origins
from getme_gateway.diagnosis.upstream import look_at_upstream
from getme_gateway.settings import GatewaySettings


def look(settings: GatewaySettings) -> dict[str, Looked]:
    """All that there is to say, by subject."""
    return {
        "upstream": look_at_upstream(settings),
        "tls": look_at_tls(settings),
        "GETME_GATEWAY_LISTEN": look_at_requests(settings),
        "GETME_GATEWAY_METRICS_LISTEN": look_at_metrics(settings),
        "origins": look_at_origins(settings),
    }
