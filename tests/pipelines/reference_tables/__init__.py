"""Reference tables, read and asked."""
