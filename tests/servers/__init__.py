"""Real servers for tests and benchmarks, from the package registries, without containers."""
