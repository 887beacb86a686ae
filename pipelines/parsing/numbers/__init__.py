"""Numbers and amounts, read per column: one style, proven by the column's own rows."""
