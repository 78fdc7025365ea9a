"""URLs of stores: what they name, and the exact hint for each that cannot be meant."""

import re

import pytest

from getme_server.stores.location import (
    CassandraLocation,
    CassandraTls,
    Location,
    SqliteLocation,
    read_location,
)


def cassandra(*hosts: str, **fields: object) -> CassandraLocation:
    location = CassandraLocation(
        hosts=hosts,
        port=9042,
        keyspace="killrvideo",
        local_dc=None,
        consistency="LOCAL_QUORUM",
        replication={},
    )
    return location._replace(**fields)  # type: ignore[arg-type]  # names of its fields


GOOD = {
    "sqlite:///getme.db": SqliteLocation("getme.db"),
    "sqlite:///data/getme.db": SqliteLocation("data/getme.db"),
    "sqlite:////var/lib/getme.db": SqliteLocation("/var/lib/getme.db"),
    "sqlite:///my%20data%3F.db": SqliteLocation("my data?.db"),
    "cassandra://h/killrvideo": cassandra("h"),
    "cassandra://h1,h2,h3/killrvideo": cassandra("h1", "h2", "h3"),
    "cassandra://h1,h2:9043/killrvideo": cassandra("h1", "h2", port=9043),
    "cassandra://h1:9043,h2:9043/killrvideo": cassandra("h1", "h2", port=9043),
    "cassandra://[::1]:9043/killrvideo": cassandra("::1", port=9043),
    "cassandra://h/a_b2": cassandra("h", keyspace="a_b2"),
    "cassandra://h/KillrVideo": cassandra("h"),
    "cassandra://h/killrvideo?local_dc=dc1": cassandra("h", local_dc="dc1"),
    "cassandra://h/killrvideo?consistency=one": cassandra("h", consistency="ONE"),
    "cassandra://h/killrvideo?replication=dc1:3,dc2:2": cassandra(
        "h", replication={"dc1": 3, "dc2": 2}
    ),
    "cassandra://h/killrvideo?local_dc=dc1&consistency=LOCAL_ONE": cassandra(
        "h", local_dc="dc1", consistency="LOCAL_ONE"
    ),
    "cassandra://h/killrvideo?tls=false": cassandra("h"),
    "cassandra://h/killrvideo?tls=true": cassandra("h", tls=CassandraTls(None, None, None)),
    "cassandra://h/killrvideo?tls=true&ca=/etc/my%20ca.pem": cassandra(
        "h", tls=CassandraTls("/etc/my ca.pem", None, None)
    ),
    "cassandra://h/killrvideo?ca=ca.pem&cert=c.pem&key=k.pem&tls=true": cassandra(
        "h", tls=CassandraTls("ca.pem", "c.pem", "k.pem")
    ),
}

ANY = "a store is sqlite:///getme.db or cassandra://host1,host2/killrvideo?local_dc=dc1"
FILE = (
    "an SQLite store is sqlite:///relative/path.db or sqlite:////absolute/path.db,"
    " with %3F for ? and %23 for #"
)
NO_KEYSPACE = (
    f"the URL names no keyspace, which is letters, digits and underscores after a letter; {ANY}"
)
NO_HOST = f"the URL names no host; {ANY}"
LEVELS = "consistency is one of ALL, EACH_QUORUM, LOCAL_ONE, LOCAL_QUORUM, ONE, QUORUM, THREE, TWO"
LOGIN = (
    "user and password do not belong in the URL;"
    " set GETME_CASSANDRA_USERNAME and GETME_CASSANDRA_PASSWORD"
)
NO_TLS = "ca, cert and key are read with tls=true only; add it or leave them out"
ONE_OF_TWO = "cert and key, the two files of a client's certificate, go together"
COPIES = "replication is a data centre and a number of copies, such as dc1:3"

BAD = {
    "": ANY,
    "getme.db": ANY,
    "/var/lib/getme.db": ANY,
    "postgres://h/x": ANY,
    "sqlite3:///getme.db": ANY,
    "sqlite://getme.db": FILE,
    "sqlite:///": FILE,
    "sqlite:///getme.db?mode=ro": FILE,
    "cassandra:///killrvideo": NO_HOST,
    "cassandra://h1,,h2/killrvideo": NO_HOST,
    "cassandra://:9042/killrvideo": NO_HOST,
    "cassandra://h": NO_KEYSPACE,
    "cassandra://h/": NO_KEYSPACE,
    "cassandra://h/a/b": NO_KEYSPACE,
    "cassandra://h/a-b": NO_KEYSPACE,
    "cassandra://h/a;drop": NO_KEYSPACE,
    "cassandra://h/ä": NO_KEYSPACE,
    "cassandra://h/1a": NO_KEYSPACE,
    "cassandra://h/_a": NO_KEYSPACE,
    "cassandra://ada:hunter2@h/killrvideo": LOGIN,
    "cassandra://h1:1,h2:2/killrvideo": (
        "all hosts of a cluster are reached at the same port; name one port"
    ),
    "cassandra://h/killrvideo?dc=dc1": (
        "dc is not an option; options are ca, cert, consistency, key, local_dc, replication, tls"
    ),
    "cassandra://h/killrvideo?consistency=ANY": LEVELS,
    "cassandra://h/killrvideo?replication=3": COPIES,
    "cassandra://h/killrvideo?replication=dc1": COPIES,
    "cassandra://h/killrvideo?replication=dc1:0": COPIES,
    "cassandra://h/killrvideo?replication=dc1:-1": COPIES,
    "cassandra://h/killrvideo?replication=:3": COPIES,
    "cassandra://h/killrvideo?tls=yes": "tls is true or false",
    "cassandra://h/killrvideo?ca=ca.pem": NO_TLS,
    "cassandra://h/killrvideo?cert=c.pem&key=k.pem": NO_TLS,
    "cassandra://h/killrvideo?tls=false&ca=ca.pem": NO_TLS,
    "cassandra://h/killrvideo?tls=true&cert=c.pem": ONE_OF_TWO,
    "cassandra://h/killrvideo?tls=true&key=k.pem": ONE_OF_TWO,
}

REFUSED_BY_THE_URL_PARSER = [
    "cassandra://h:x/killrvideo",
    "cassandra://h:99999/killrvideo",
    "cassandra://[::1/killrvideo",
    "cassandra://h/killrvideo?local_dc",
]


@pytest.mark.parametrize(("url", "location"), GOOD.items(), ids=GOOD)
def test_url_names_a_location(url: str, location: Location) -> None:
    assert read_location(url) == location


@pytest.mark.parametrize(("url", "hint"), BAD.items(), ids=BAD)
def test_url_that_cannot_be_meant_is_refused_with_what_would_be_right(url: str, hint: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(hint)}$"):
        read_location(url)


@pytest.mark.parametrize("url", REFUSED_BY_THE_URL_PARSER)
def test_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_location(url)
