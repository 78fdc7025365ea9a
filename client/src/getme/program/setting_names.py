"""Every `GETME_*` setting of both programs.

Server and gateway often share one environment: a setting of the other program is known, not an
error, while a misspelt one is refused by both. A test compares these lists with the programs'
settings classes.
"""

SERVER = frozenset(
    {
        "GETME_ACCESS_TTL",
        "GETME_ACCOUNTS",
        "GETME_AUDIENCE",
        "GETME_CACHE_MEMORY",
        "GETME_CACHE_TTL",
        "GETME_CASSANDRA_PASSWORD",
        "GETME_CASSANDRA_SPECULATIVE_DELAY",
        "GETME_CASSANDRA_USERNAME",
        "GETME_DRAIN_DELAY",
        "GETME_GRACE",
        "GETME_ISSUER",
        "GETME_KEYS_FILE",
        "GETME_LIMIT_ACCOUNT",
        "GETME_LIMIT_ADDRESS",
        "GETME_LIMIT_PASSWORD",
        "GETME_LISTEN",
        "GETME_LOG_FORMAT",
        "GETME_LOG_LEVEL",
        "GETME_MAX_CALLS",
        "GETME_MAX_CONNECTION_AGE",
        "GETME_METRICS_LISTEN",
        "GETME_MISSING_USER",
        "GETME_PASSWORD_LANES",
        "GETME_PASSWORD_MEMORY",
        "GETME_PASSWORD_QUEUE",
        "GETME_PASSWORD_THREADS",
        "GETME_PASSWORD_TIME",
        "GETME_REDIS_URL",
        "GETME_REFLECTION",
        "GETME_REFRESH_TTL",
        "GETME_SECRET_KEY",
        "GETME_SESSION_MAX_TTL",
        "GETME_STORE",
        "GETME_STORE_TIMEOUT",
        "GETME_THREADS",
        "GETME_TLS_CERT",
        "GETME_TLS_CLIENT_CA",
        "GETME_TLS_KEY",
        "GETME_TOKEN_LEEWAY",
        "GETME_TOKEN_MAX_TTL",
        "GETME_TOKEN_REQUIRE",
        "GETME_TRACING",
        "GETME_TRACING_ENDPOINT",
        "GETME_TRACING_RATIO",
        "GETME_TRUSTED_PROXIES",
        "GETME_WORKERS",
    }
)
GATEWAY = frozenset(
    {
        "GETME_DRAIN_DELAY",
        "GETME_GATEWAY_CACHE_MEMORY",
        "GETME_GATEWAY_CHANNELS",
        "GETME_GATEWAY_CORS_ORIGINS",
        "GETME_GATEWAY_JSON_NAMES",
        "GETME_GATEWAY_LISTEN",
        "GETME_GATEWAY_MAX_AGE",
        "GETME_GATEWAY_METRICS_LISTEN",
        "GETME_GATEWAY_TIMEOUT",
        "GETME_GATEWAY_TLS_CERT",
        "GETME_GATEWAY_TLS_KEY",
        "GETME_GATEWAY_UPSTREAM",
        "GETME_GATEWAY_UPSTREAM_CA",
        "GETME_GATEWAY_UPSTREAM_CERT",
        "GETME_GATEWAY_UPSTREAM_KEY",
        "GETME_GRACE",
        "GETME_LOG_FORMAT",
        "GETME_LOG_LEVEL",
        "GETME_TRACING",
        "GETME_TRACING_ENDPOINT",
        "GETME_TRACING_RATIO",
    }
)
# Those that may be given as a file: NAME_FILE.
SECRETS = frozenset(
    {
        "GETME_CASSANDRA_PASSWORD",
        "GETME_CASSANDRA_USERNAME",
        "GETME_REDIS_URL",
        "GETME_SECRET_KEY",
    }
)
TEST_PREFIX = "GETME_TEST_"
