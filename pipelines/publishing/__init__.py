"""The snapshot that analysts open, and tables as files."""
