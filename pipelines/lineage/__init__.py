"""Where every value comes from: what contributed to each value of a customer, and what an import brought."""
