"""What the steps hand to each other: the sheet, parsed columns, the mapping, the context, the staged file."""
