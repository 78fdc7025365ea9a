"""All in one SQLite file: for a first try, for tests, and for platforms of one machine."""
