"""Protobuf to domain and back; no rules and no queries."""
