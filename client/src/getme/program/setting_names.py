"""Every `GETME_*` setting of both programs.

Server and gateway often share one environment: a setting of the other program is known, not an
error, while a misspelt one is refused by both. A test compares these lists with the programs'
settings classes.
"""

SERVER = frozenset(
    {
        "GETME_ACCESS_TTL",
        "GETME_AUDIENCE",
        "GETME_CACHE_TTL",
        "GETME_CASSANDRA_PASSWORD",
        "GETME_CASSANDRA_USERNAME",
        "GETME_ISSUER",
        "GETME_LISTEN",
        "GETME_LOG_FORMAT",
        "GETME_LOG_LEVEL",
        "GETME_MAX_CALLS",
        "GETME_METRICS_LISTEN",
        "GETME_MISSING_USER",
        "GETME_REFLECTION",
        "GETME_SECRET_KEY",
        "GETME_STORE",
        "GETME_STORE_TIMEOUT",
        "GETME_THREADS",
        "GETME_TOKEN_LEEWAY",
        "GETME_WORKERS",
    }
)
GATEWAY = frozenset(
    {
        "GETME_GATEWAY_CHANNELS",
        "GETME_GATEWAY_JSON_NAMES",
        "GETME_GATEWAY_LISTEN",
        "GETME_GATEWAY_MAX_AGE",
        "GETME_GATEWAY_METRICS_LISTEN",
        "GETME_GATEWAY_TIMEOUT",
        "GETME_GATEWAY_UPSTREAM",
        "GETME_LOG_FORMAT",
        "GETME_LOG_LEVEL",
    }
)
# Named in the contract, without effect yet: saying so beats ignoring, say, a TLS certificate.
NOT_YET = frozenset(
    {
        "GETME_ACCOUNTS",
        "GETME_GATEWAY_CORS_ORIGINS",
        "GETME_GATEWAY_TLS_CERT",
        "GETME_GATEWAY_TLS_KEY",
        "GETME_GATEWAY_UPSTREAM_CA",
        "GETME_GATEWAY_UPSTREAM_CERT",
        "GETME_GATEWAY_UPSTREAM_KEY",
        "GETME_KEYS_FILE",
        "GETME_REDIS_URL",
        "GETME_REFRESH_TTL",
        "GETME_TLS_CERT",
        "GETME_TLS_CLIENT_CA",
        "GETME_TLS_KEY",
        "GETME_TRUSTED_PROXIES",
    }
)
# Those that may be given as a file: NAME_FILE.
SECRETS = frozenset({"GETME_CASSANDRA_PASSWORD", "GETME_CASSANDRA_USERNAME", "GETME_SECRET_KEY"})
TEST_PREFIX = "GETME_TEST_"
