"""Fuzz targets for what strangers and operators hand to the token rules."""
