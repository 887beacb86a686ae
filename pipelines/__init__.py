"""What happens to the data: plain steps, frame in, frame out. Runs and is tested without Dagster.

The edges that touch the world are named files: `intake/inbox.py` (folders), `reading/read_file.py` (bytes),
`pipelines/warehouse/database.py` and `pipelines/publishing/snapshot.py` (DuckDB). Clock, environment and names of
people come in as arguments.
"""
