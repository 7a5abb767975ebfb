"""Who is who, who owns what, who may be mailed: pure functions over plain data."""
