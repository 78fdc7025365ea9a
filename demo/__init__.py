"""getme on one machine for a first look: `make run`. Made-up people, nothing to configure."""
