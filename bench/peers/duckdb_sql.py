"""Peer: hand-written SQL in DuckDB, the yardstick.

Run as `python bench/peers/duckdb_sql.py CSV OUT.duckdb --as-of DAY`. Here: reading the CSV file
straight into the validating. Not here: the rules themselves, which `judging_sql` states.
"""

from pathlib import Path

import duckdb
from judging_sql import COLUMNS, found, write_result
from outcome import asked, print_outcome


def main() -> None:
    job = asked()
    with duckdb.connect(job.database) as con:
        write_result(con, csv_source(job.csv), job.as_of)
        result = found(con)
    print_outcome(job.started, *result)


def csv_source(file: Path) -> str:
    path = str(file).replace("'", "''")
    columns = ", ".join(f"'{column}': 'VARCHAR'" for column in COLUMNS)
    # Stating the dialect spares DuckDB the sniffing, and keeps the file from being misread.
    return f"""read_csv('{path}', auto_detect = false, header = true, delim = ',', quote = '"',
        escape = '"', columns = {{{columns}}})"""


if __name__ == "__main__":
    main()
