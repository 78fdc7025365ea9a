"""Shapes of the service that were tried and measured, and are not in the product."""
