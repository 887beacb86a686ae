"""The naive ledger, and the steps that are done on it and on the real one: what the real one must agree with."""
