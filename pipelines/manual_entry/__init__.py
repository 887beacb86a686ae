"""Entries by hand: what somebody typed of one customer, read and validated as a list of one row is."""
