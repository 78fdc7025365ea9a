"""What `getme-server doctor` looks at: settings, files, addresses, store and Redis as they are."""
