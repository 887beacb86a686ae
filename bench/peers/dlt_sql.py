"""Peer: dlt loads the file into a staging dataset, SQL does the rest.

Run as `python bench/peers/dlt_sql.py CSV OUT.duckdb --as-of DAY`. Here: the dlt pipeline, set up
for speed (Arrow tables, which dlt passes on as Parquet). Not here: the rules, which `judging_sql`
states for both SQL peers.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

# Before dlt is imported: it reads its settings then. Reporting home would be timed as work.
os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"

import dlt
import duckdb
import pyarrow as pa
from judging_sql import COLUMNS, found, write_result
from outcome import asked, print_outcome
from pyarrow import csv

# One Parquet row group for each table handed over: DuckDB loads row groups side by side.
ROW_GROUP = 122_880


def main() -> None:
    job = asked()
    load(job.csv, job.database)
    with duckdb.connect(job.database) as con:
        write_result(con, "staging.payments", job.as_of, numbered=True)
        result = found(con)
    print_outcome(job.started, *result)


def load(file: Path, database: Path) -> None:
    with tempfile.TemporaryDirectory() as working:
        pipeline = dlt.pipeline(
            "bench", destination=dlt.destinations.duckdb(str(database)),
            dataset_name="staging", pipelines_dir=working,
        )  # fmt: skip
        resource = dlt.resource(numbered_rows(file), name="payments", write_disposition="replace")
        pipeline.run(resource, loader_file_format="parquet").raise_on_failed_jobs()


def numbered_rows(file: Path) -> Iterator[pa.Table]:
    """The file as text columns with its row numbers (dlt promises no order), blank cells as NULL."""
    as_text = csv.ConvertOptions(
        column_types=dict.fromkeys(COLUMNS, pa.string()), null_values=[""], strings_can_be_null=True
    )
    rows = csv.read_csv(file, convert_options=as_text)
    numbered = rows.append_column("row_number", pa.arange(2, rows.num_rows + 2))
    for start in range(0, numbered.num_rows, ROW_GROUP):
        yield numbered.slice(start, ROW_GROUP)


if __name__ == "__main__":
    main()
