"""The description of the REST API (OpenAPI 3.1), one file a spelling of names.

The files are made from the protos by `make openapi` and are never edited.
"""
