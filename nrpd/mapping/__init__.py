"""What every source value becomes: pure functions over plain data."""
