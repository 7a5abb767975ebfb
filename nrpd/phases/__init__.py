"""One module per notebook: what the notebook calls."""
