"""What happens to the data: plain steps, frame in, frame out. Runs and is tested without Dagster.

The edges that touch the world are named files: `files/arriving.py` (folders), `files/reading.py` (bytes),
`warehouse.py` and `snapshot.py` (DuckDB). Clock, environment and names of people come in as arguments.
"""
