"""What a process may know without asking the store, and for how long."""
