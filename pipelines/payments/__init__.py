"""Lists of payments: which rows are money, of whom, which way, and which of them are the same payment."""
