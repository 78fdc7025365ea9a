"""Services to compare with: the floors of gRPC and REST, and what people usually write."""
