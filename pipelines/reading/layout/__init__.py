"""Where things stand on a sheet: the row of the titles, titles that repeat, a second table below."""
