"""What people meet in a browser: pages and their files, served by the gateway itself."""
