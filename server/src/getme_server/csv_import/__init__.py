"""Reads the CSV files of an import and checks every cell. Writes nothing, knows no store."""
