"""Accounts in a Cassandra keyspace: KillrVideo's own tables, as they are."""
