"""The diff of a table: what is new in a table that holds a state, and what is gone from it.

Lives here: the comparison of a frame with a ledger table of one source, and the writing of the difference. Not here:
what the frames hold (`account_state.py`). Only what differs is written, so a sync that finds nothing new changes
nothing.
"""

from typing import NamedTuple

import polars as pl

from pipelines.warehouse.database import Connection, frame_as, number_of
from schemas.base import Contract, columns_of


class StateTable(NamedTuple):
    """A ledger table that holds the state of sources. `keys` tell a source's rows apart there; `is_stated_whole`: each
    sync states all of them, so that what it lacks is gone.
    """

    name: str
    contract: type[Contract]
    keys: tuple[str, ...]
    is_stated_whole: bool = False


class Difference(NamedTuple):
    """A table's difference from a frame, in two temporary tables: `changed` rows, keys that are `gone`."""

    table: str
    keys: tuple[str, ...]
    source: str
    changed_count: int
    gone_count: int

    @property
    def changed(self) -> str:
        """The temporary table of rows that are new or other than they were."""
        return f"changed_{self.table}"

    @property
    def gone(self) -> str:
        """The temporary table of keys that are no more."""
        return f"gone_{self.table}"

    def __bool__(self) -> bool:
        return self.changed_count + self.gone_count > 0


def difference(connection: Connection, table: StateTable, frame: pl.DataFrame, source: str) -> Difference:
    """Compare a frame, of the contract's columns but `change_number` and of one source, with a ledger table."""
    listed = [column for column in columns_of(table.contract) if column.name != "change_number"]
    typed = ", ".join(f'"{column.name}"::{column.sql_type} AS "{column.name}"' for column in listed)
    names = ", ".join(f'"{column.name}"' for column in listed)
    key = ", ".join(("source", *table.keys))
    found = Difference(table.name, table.keys, source, 0, 0)
    # Into a table with the ledger's types first, so that EXCEPT compares like with like.
    with frame_as(connection, "told", frame):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE fresh_rows AS SELECT {typed} FROM told")
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {found.changed} AS SELECT {names} FROM fresh_rows "
        f"EXCEPT SELECT {names} FROM ledger.{table.name} SEMI JOIN fresh_rows USING ({key})"
    )
    gone = f"SELECT {key} FROM ledger.{table.name} ANTI JOIN fresh_rows USING ({key}) WHERE source = ?"
    limit = "NULL" if table.is_stated_whole else 0
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {found.gone} AS {gone} LIMIT {limit}", [source])
    counts = [number_of(connection, f"SELECT count(*) FROM {part}") for part in (found.changed, found.gone)]
    return found._replace(changed_count=counts[0], gone_count=counts[1])


def write(connection: Connection, found: Difference, **further: int) -> None:
    """Bring the difference into the ledger; `further`: what the rows carry beside the columns compared."""
    key = ", ".join(("source", *found.keys))
    connection.execute(
        f"DELETE FROM ledger.{found.table} WHERE ({key}) IN "
        f"(SELECT ({key}) FROM {found.changed} UNION ALL SELECT ({key}) FROM {found.gone})"
    )
    carried = "".join(f", {value} AS {name}" for name, value in further.items())
    connection.execute(f"INSERT INTO ledger.{found.table} BY NAME SELECT *{carried} FROM {found.changed}")
