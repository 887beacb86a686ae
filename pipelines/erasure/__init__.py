"""A person taken out of everything that is kept: ledger, snapshot, files, Dagster's storage."""
