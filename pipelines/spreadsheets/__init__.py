"""Writing workbooks: tables as they are, and templates that people fill in."""
