"""Takes whole files of accounts into Cassandra (the protocol of `accounts.store`).

Rows come in chunks: which of their keys are there is asked first, then the others are written with
the timestamp of the moment when the import began, so that whatever anybody wrote or deleted since
wins over the file. A lightweight transaction for each row would take ten times as long and say no
more: of two who import at once, both write the same.
"""

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from cassandra.cluster import PreparedStatement
from cassandra.query import UNSET_VALUE

from getme_server.accounts.account import Account, Credentials
from getme_server.accounts.store import ImportCount
from getme_server.stores.cassandra.bulk import run_all
from getme_server.stores.cassandra.cluster import connect
from getme_server.stores.cassandra.queries import prepare
from getme_server.stores.errors import StoreNotReady
from getme_server.stores.location import CassandraLocation, CassandraLogin

REQUEST_TIMEOUT_SECONDS = 10
_ROWS_AT_ONCE = 2_000
_KEYS_PER_QUERY = 20  # what managed clusters allow for IN on a partition key (Astra's guardrail)

_FIND_USERS = "SELECT userid FROM {keyspace}.users WHERE userid IN ?"
_FIND_CREDENTIALS = "SELECT email FROM {keyspace}.user_credentials WHERE email IN ?"
_ADD_USER = (
    "INSERT INTO {keyspace}.users"
    " (userid, firstname, lastname, email, account_status, created_date, last_login_date)"
    " VALUES (?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?"
)
_ADD_CREDENTIALS = (
    "INSERT INTO {keyspace}.user_credentials (email, password, userid, account_locked)"
    " VALUES (?, ?, ?, ?) USING TIMESTAMP ?"
)
