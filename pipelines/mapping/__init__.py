"""From titles to fields: saved mappings, known titles, typing errors, neighbours, the values below."""
