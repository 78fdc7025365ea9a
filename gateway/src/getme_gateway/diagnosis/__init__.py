"""What `getme-gateway doctor` looks at: settings, files, addresses and the server as they are."""
