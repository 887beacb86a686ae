"""Dates and times, read per column: one order of day, month and year, proven by the column's own rows."""
