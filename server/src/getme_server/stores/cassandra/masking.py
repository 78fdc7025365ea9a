"""Whether our role reads masked e-mail addresses (dynamic data masking, Cassandra 5).

KillrVideo's schema masks `users.email`. A role without UNMASK reads `a***@***g`: callers would see
that, and the locks of their credentials would not be found by it.
"""

from typing import Any
from uuid import UUID

from cassandra import InvalidRequest, Unauthorized
from cassandra.cluster import Session

from getme_server.stores.location import CassandraLocation

_MASK = (
    "SELECT function_name FROM system_schema.column_masks"
    " WHERE keyspace_name = %s AND table_name = 'users' AND column_name = 'email'"
)
_SAMPLE_ROWS = 20
_NOBODY = UUID(int=0)


def masked_email_trouble(session: Session, location: CassandraLocation) -> str | None:
    """What is wrong, and how to mend it, where addresses are read masked; else None."""
    if not _is_masked(session, location):
        return None
    sample = session.execute(
        f"SELECT email FROM {location.keyspace}.users LIMIT {_SAMPLE_ROWS}"  # noqa: S608  # checked
    )
    addresses: list[Any] = [address for (address,) in sample]
    if not addresses and not _may_not_compare(session, location):
        return None
    if any(address is not None and "*" not in address for address in addresses):
        return None
    return (
        "the database role reads masked e-mail addresses, so locked credentials are not found;"
        f" run: GRANT UNMASK ON TABLE {location.keyspace}.users TO <role>"
    )


def _may_not_compare(session: Session, location: CassandraLocation) -> bool:
    """Whether we may not even ask for an address, which shows before there is one to read.

    With SELECT_MASKED and without UNMASK one may; then the first address shows it.
    """
    try:
        session.execute(
            f"SELECT userid FROM {location.keyspace}.users"  # noqa: S608  # checked
            " WHERE userid = %s AND email = '' ALLOW FILTERING",  # of one row
            (_NOBODY,),
        )
    except Unauthorized:
        return True
    return False


def _is_masked(session: Session, location: CassandraLocation) -> bool:
    try:
        return session.execute(_MASK, (location.keyspace,)).one() is not None
    except InvalidRequest:
        return False  # Cassandra 4 has no masks, and no such table
