"""All jobs of these packages in one list."""
