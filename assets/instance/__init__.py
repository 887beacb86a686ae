"""The process and the Dagster instance that it runs on: environment, rights, logs without secrets, runs that died."""
