"""The source: exports and APIs of Net-Results (Paminga), staged as text."""
