"""Access tokens: how they are read, verified, remembered and issued. Knows no transport."""
