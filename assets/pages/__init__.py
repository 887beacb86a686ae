"""What people see on pages of Dagster's UI beyond a table's first rows: each import, what waits, pictures."""
