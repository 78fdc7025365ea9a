"""Generated stubs of the getme.v1 contract; made by `make protos`, never edited."""
