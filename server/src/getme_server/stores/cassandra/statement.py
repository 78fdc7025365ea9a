"""What is asked of Cassandra, as plain values: prepared anew for each session."""

from dataclasses import dataclass


@dataclass(frozen=True, eq=False, slots=True)
class Statement:
    """A CQL statement; tables are written `{keyspace}.table`.

    is_read: it changes nothing, so that it may be sent to several nodes. sees_every_write: read at
    LOCAL_QUORUM at least, whatever the URL names. in_one_page: however many rows there are.
    """

    cql: str
    is_read: bool = False
    sees_every_write: bool = False
    in_one_page: bool = False
