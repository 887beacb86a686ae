"""Events of a website: one JSON object per line into a sheet of text."""
