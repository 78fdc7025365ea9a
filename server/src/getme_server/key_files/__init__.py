"""Keys on disk: read with care, watched for changes, written so that nothing is ever half there."""
