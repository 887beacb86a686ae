"""The naive ledger: what the real one must agree with."""
