"""The tables of KillrVideo and getme in Cassandra, made step by step.

The first step's are those of KillrVideo's schema (killrvideo-data, schema-v5.cql), so that its
other services find them as they left them. Those whose names begin with getme_ are ours alone.
"""

from typing import NamedTuple

from getme_server.change_log import LOG_SECONDS


class Step(NamedTuple):
    """A migration. tables: name to what follows it in CREATE TABLE."""

    name: str
    tables: dict[str, str]


# Each step is recorded once it was made, in order; a step that was released never changes. A table
# that is there is taken as it is, whoever made it.
MIGRATIONS = (
    Step(
        "KillrVideo's tables",
        {
            "users": """(
                userid uuid PRIMARY KEY, created_date timestamp, email text, firstname text,
                lastname text, account_status text, last_login_date timestamp)""",
            "user_credentials": """(
                email text PRIMARY KEY, password text, userid uuid, account_locked boolean)""",
            "login_attempts": "(email text PRIMARY KEY, failed_attempts counter)",
        },
    ),
    Step(
        "revocations",
        {
            "getme_revocations": """(
                userid uuid, revocation_key blob, issued_before double,
                PRIMARY KEY (userid, revocation_key))""",
            # An expired entry need not outlive gc_grace_seconds to keep older copies from coming
            # back: every copy of it expires at the same moment. But hints are kept no longer than
            # that, so it is the life of an entry and not 0. No TimeWindowCompactionStrategy: it
            # drops files of which all has expired, and the row that counts the entries is in each
            # file and never expires.
            "getme_changes": f"""(
                shard int, position bigint, head bigint, logid text, userid uuid,
                PRIMARY KEY (shard, position)) WITH gc_grace_seconds = {LOG_SECONDS}""",
        },
    ),
    Step(
        "accounts",
        {
            # Moments are seconds since 1970, as they are in tokens. Every write sets every column,
            # with the same time to live, and none leaves a marker of the row: so a session is
            # whole for as long as it is there. One copy more than needed is always read, since they
            # are read seldom: until Cassandra has seen how long reads of a table take, it waits
            # 2.5 s before it asks another node than one that was just killed. No read repair, which
            # a read would wait for: the next conditional write settles what differs.
            "getme_sessions": """(
                userid uuid, sessionid uuid, created double, ends double, last_used double,
                address text, user_agent text, generation bigint, secret_hash blob,
                previous_hash blob, salt blob, PRIMARY KEY (userid, sessionid))
                WITH speculative_retry = 'ALWAYS' AND read_repair = 'NONE'""",
            "getme_removals": "(userid uuid PRIMARY KEY)",
            # One partition, because `users` cannot be asked by status; there are few moderators.
            "getme_moderators": "(shard int, userid uuid, PRIMARY KEY (shard, userid))",
        },
    ),
)
