"""Deaths: processes killed at every write, commands killed anywhere."""
