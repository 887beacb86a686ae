"""The analyst's page: a marimo app over `customers.duckdb`, on this machine alone."""
