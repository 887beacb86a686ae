"""What the formats of a workbook show beside the stored values: padded numbers, currencies, dates, formulas."""
