"""Where accounts are kept: SQLite or Cassandra, behind the protocol of `accounts.store`."""
