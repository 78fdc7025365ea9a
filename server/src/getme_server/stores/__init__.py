"""Where accounts and revocations are kept: SQLite or Cassandra, behind the same protocols."""
