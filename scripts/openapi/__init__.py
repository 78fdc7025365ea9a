"""Writes the gateway's OpenAPI 3.1 documents from the protos and from what the gateway does.

`python -m scripts.openapi` writes both spellings, `--check` compares them with what is there.
"""
