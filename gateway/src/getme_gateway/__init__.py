"""The REST gateway of the getme current-user service."""
