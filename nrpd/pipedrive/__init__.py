"""The destination: records, client, limits, schema."""
