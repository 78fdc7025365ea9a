"""All in a Cassandra keyspace: KillrVideo's own tables, as they are, and ours beside them."""
