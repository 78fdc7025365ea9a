"""The questions of grpc.health.v1 that clients ask, as bytes.

The package of its classes would be one more to install in every service, for these few.
"""

HEALTH_CHECK = "/grpc.health.v1.Health/Check"
WHOLE_SERVER = b""  # HealthCheckRequest with no service
LIVENESS = b"\x0a\x08liveness"  # HealthCheckRequest { service: "liveness" }
SERVING = b"\x08\x01"  # HealthCheckResponse { status: SERVING }
