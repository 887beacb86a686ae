"""DuckDB: the working database, the ledger's tables in it, its migrations, one writer at a time."""
