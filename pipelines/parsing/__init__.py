"""From the text of a column to values and faults, one module per kind of value."""
