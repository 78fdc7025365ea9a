"""The rules: who an account is, what its roles and status permit. No I/O, no transport."""
