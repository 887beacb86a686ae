"""The way of one file: from the inbox through reading, mapping, parsing and validation into staging."""
