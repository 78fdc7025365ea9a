"""Where the store is: reads the setting `GETME_STORE`."""

from typing import NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

DEFAULT_CASSANDRA_PORT = 9042
CONSISTENCY_LEVELS = frozenset(
    {"ONE", "TWO", "THREE", "QUORUM", "ALL", "LOCAL_QUORUM", "EACH_QUORUM", "LOCAL_ONE"}
)
_EXAMPLES = "sqlite:///getme.db or cassandra://host1,host2/killrvideo?local_dc=dc1"


class SqliteLocation(NamedTuple):
    """A database file; relative paths are relative to the working directory."""

    path: str


class CassandraTls(NamedTuple):
    """Paths of PEM files. ca: who may sign the nodes' certificates; None leaves it to the system.

    cert, key: who we are, to a cluster that asks; both or neither.
    """

    ca: str | None
    cert: str | None
    key: str | None


class CassandraLocation(NamedTuple):
    """A keyspace of a cluster.

    local_dc: None lets the driver take the data centre of the first contact point. replication:
    data centre to number of copies, used only where migrate has to create the keyspace. tls: None
    talks to the cluster in the clear.
    """

    hosts: tuple[str, ...]
    port: int
    keyspace: str
    local_dc: str | None
    consistency: str
    replication: dict[str, int]
    tls: CassandraTls | None = None


class CassandraLogin(NamedTuple):
    """Who we are to the cluster; username None where it asks nobody."""

    username: str | None
    password: str | None


Location = SqliteLocation | CassandraLocation


def read_location(url: str) -> Location:
    """The location that a URL names. Raises ValueError, which says what would be right."""
    try:
        parts = urlsplit(url)
    except ValueError as malformed:
        raise ValueError(f"this is not a URL; a store is {_EXAMPLES}") from malformed
    if parts.scheme == "sqlite":
        return _sqlite(parts, complete=url.startswith("sqlite:///"))
    if url.startswith("cassandra://"):
        return _cassandra(parts)
    raise ValueError(f"a store is {_EXAMPLES}")


def _sqlite(parts: SplitResult, *, complete: bool) -> SqliteLocation:
    path = unquote(parts.path.removeprefix("/"))
    if not complete or not path or parts.query or parts.fragment:
        raise ValueError(
            "an SQLite store is sqlite:///relative/path.db or sqlite:////absolute/path.db,"
            " with %3F for ? and %23 for #"
        )
    return SqliteLocation(path)


def _cassandra(parts: SplitResult) -> CassandraLocation:
    if "@" in parts.netloc:
        raise ValueError(
            "user and password do not belong in the URL;"
            " set GETME_CASSANDRA_USERNAME and GETME_CASSANDRA_PASSWORD"
        )
    keyspace = _keyspace(parts.path.removeprefix("/"))
    hosts, port = _hosts(parts.netloc)
    options = _options(parts.query)
    consistency = options.get("consistency", "LOCAL_QUORUM").upper()
    if consistency not in CONSISTENCY_LEVELS:
        raise ValueError(f"consistency is one of {', '.join(sorted(CONSISTENCY_LEVELS))}")
    return CassandraLocation(
        hosts=hosts,
        port=port,
        keyspace=keyspace,
        local_dc=options.get("local_dc"),
        consistency=consistency,
        replication=_replication(options.get("replication", "")),
        tls=_tls(options),
    )


def _keyspace(name: str) -> str:
    """The name as the cluster keeps it: CQL reads a name without quotes in lower case."""
    if not name.replace("_", "a").isalnum() or not name.isascii() or not name[0].isalpha():
        raise ValueError(
            "the URL names no keyspace, which is letters, digits and underscores after a letter;"
            f" a store is {_EXAMPLES}"
        )
    return name.lower()


def _hosts(netloc: str) -> tuple[tuple[str, ...], int]:
    """Contact points and the one port that they share, which may stand behind any of them."""
    hosts = []
    ports = set()
    for contact_point in netloc.split(","):
        parts = urlsplit(f"//{contact_point}")
        if not parts.hostname:
            raise ValueError(f"the URL names no host; a store is {_EXAMPLES}")
        hosts.append(parts.hostname)
        try:
            port = parts.port
        except ValueError as wrong:
            raise ValueError(f"{contact_point!r} is not host or host:port") from wrong
        if port is not None:
            ports.add(port)
    if len(ports) > 1:
        raise ValueError("all hosts of a cluster are reached at the same port; name one port")
    return tuple(hosts), next(iter(ports), DEFAULT_CASSANDRA_PORT)


def _options(query: str) -> dict[str, str]:
    known = ("ca", "cert", "consistency", "key", "local_dc", "replication", "tls")
    options: dict[str, str] = {}
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError as malformed:
        raise ValueError("options are written name=value, joined by &") from malformed
    for name, value in pairs:
        if name not in known:
            raise ValueError(f"{name} is not an option; options are {', '.join(known)}")
        if name in options or not value:
            raise ValueError(f"{name} is empty or stands twice in the URL")
        options[name] = value
    return options


def _replication(text: str) -> dict[str, int]:
    """`dc1:3,dc2:2` as data centre to copies."""
    copies: dict[str, int] = {}
    for part in filter(None, text.split(",")):
        data_centre, _, count = part.partition(":")
        if not data_centre or not count.isdecimal() or int(count) < 1:
            raise ValueError("replication is a data centre and a number of copies, such as dc1:3")
        copies[data_centre] = int(count)
    return copies


def _tls(options: dict[str, str]) -> CassandraTls | None:
    """`tls=true` and the files that go with it."""
    wanted = options.get("tls", "false")
    if wanted not in ("true", "false"):
        raise ValueError("tls is true or false")
    files = CassandraTls(options.get("ca"), options.get("cert"), options.get("key"))
    if wanted == "true":
        if (files.cert is None) != (files.key is None):
            raise ValueError("cert and key, the two files of a client's certificate, go together")
        return files
    if any(files):
        raise ValueError("ca, cert and key are read with tls=true only; add it or leave them out")
    return None
