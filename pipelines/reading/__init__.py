"""From bytes to a sheet of text: every cell as the sender wrote it, under its row number."""
