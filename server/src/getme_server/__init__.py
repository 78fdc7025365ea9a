"""The getme current-user service over gRPC."""
