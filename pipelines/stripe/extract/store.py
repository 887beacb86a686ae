"""The extract of one source while it grows: a database file of its own, until a sync has committed what is in it.

Lives here: its tables, committing pages together with what is still to fetch, giving it all out. Not here: what is
fetched (`run.py`), what becomes of it (the ledger).

Rows are only ever added, each with a number: of rows with one id the latest fetched counts. One writer at a time holds
the file (stripe.md scenario 33); whatever ends it, the file holds whole pages and the ranges that remain after them.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import polars as pl

from pipelines.errors import WrongUse
from pipelines.stripe.api.protocol import STREAMS, Stream
from pipelines.stripe.extract import decode
from pipelines.stripe.extract.decode import Page
from pipelines.stripe.extract.plan import Plan, is_resumable
from pipelines.stripe.extract.ranges import Range
from pipelines.warehouse.database import Connection, frame_as, number_of, own_database, row_of, rows_of, transaction
from schemas.stripe import READ

RANGES = {"stream": pl.String(), "gte": pl.Int64(), "lt": pl.Int64(), "cursor": pl.String(), "seen": pl.Int64()}
SURPRISES = {"stream": pl.String(), "id": pl.String(), "reason": pl.String(), "raw": pl.String()}
COUNTERS = {"stream": pl.String(), "objects": pl.Int64(), "pages": pl.Int64(), "requests": pl.Int64()}
Schema = Mapping[str, pl.DataType]
SQL_TYPES: dict[pl.DataType, str] = {pl.String(): "VARCHAR", pl.Int64(): "BIGINT", pl.Boolean(): "BOOLEAN"}


def _columns(schema: Schema) -> str:
    return ", ".join(f'"{name}" {SQL_TYPES[kind]}' for name, kind in schema.items())


TABLES: dict[str, str] = {
    **{str(stream): f"{_columns(READ[stream])}, fetched BIGINT" for stream in STREAMS},
    "ranges": _columns(RANGES),
    "surprises": f"{_columns(SURPRISES)}, fetched BIGINT",
    "counters": f"{_columns(COUNTERS)}, unavailable BOOLEAN",
}
LAYOUT = "; ".join(f"{name} ({columns})" for name, columns in TABLES.items())
"""How the tables are laid out; an extract that an older version of this software left is not gone on with."""


class Step(NamedTuple):
    """One request of an extraction and what came of it, to be committed whole.

    `page`: what was read, if anything. `done`: the range that was worked on (None: a single object). `left`: the ranges
    that stand in its place. `unavailable`: the key may not read the list at all, so nothing of it counts.
    """

    stream: Stream
    page: Page | None = None
    done: Range | None = None
    left: tuple[Range, ...] = ()
    unavailable: bool = False


class Counter(NamedTuple):
    """What was done for a list: rows, pages, requests; `unavailable`: the key may not read it."""

    objects: int
    pages: int
    requests: int
    unavailable: bool


class Extracted(NamedTuple):
    """A whole extract: per list its rows with READ's columns, by id, one per id; what was surprising; the counts."""

    charges: pl.DataFrame
    refunds: pl.DataFrame
    customers: pl.DataFrame
    surprises: pl.DataFrame
    counters: dict[Stream, Counter]

    @property
    def refunds_unavailable(self) -> bool:
        """Whether refunds are only known from what charges say (stripe.md scenario 38, AMB-21)."""
        return self.counters["refunds"].unavailable


class ExtractStore(NamedTuple):
    """An extract's open database."""

    connection: Connection

    def plan(self) -> Plan | None:
        """The plan that was begun here and not discarded."""
        # Tables of another layout belong to another version: it begins anew.
        kept = row_of(self.connection, "SELECT plan FROM plan WHERE layout = ?", [LAYOUT])
        return None if kept is None else Plan.model_validate_json(str(kept[0]))

    def unfinished(self, now: datetime) -> Plan | None:
        """The plan to go on with, if there is one and it is young enough."""
        plan = self.plan()
        return plan if plan and is_resumable(plan, now) else None

    def begin(self, plan: Plan) -> None:
        """Forget what is here and note what the plan is to fetch."""
        made = [f"CREATE OR REPLACE TABLE {name} ({columns})" for name, columns in TABLES.items()]
        with transaction(self.connection):
            self.connection.execute(";".join(["DELETE FROM plan", *made]))
            self.connection.execute("INSERT INTO plan VALUES (?, ?)", [LAYOUT, plan.model_dump_json()])
            self._insert("ranges", pl.DataFrame(plan.ranges, RANGES, orient="row"))
            counters = pl.DataFrame({"stream": STREAMS}).with_columns(objects=0, pages=0, requests=0, unavailable=False)
            self._insert("counters", counters)

    def ranges(self, streams: Sequence[Stream]) -> list[Range]:
        """What is still to fetch of some lists."""
        left = rows_of(self.connection, "FROM ranges ORDER BY ALL")
        return [Range(*row) for row in left.rows() if row[0] in streams]

    def commit(self, steps: Sequence[Step]) -> None:
        """Write what was read and what is still to fetch after it, in one transaction."""
        # Ranges that came and went among these steps never touch the disk.
        gone, left = _net(steps)
        # Rows, and what is still to fetch after them, at once: a reading that is killed lacks and repeats nothing.
        with transaction(self.connection):
            for stream in STREAMS:
                self._add(stream, [step for step in steps if step.stream == stream])
            self._forget(gone)
            self._insert("ranges", pl.DataFrame(sorted(left, key=str), RANGES, orient="row"))
            for stream in {step.stream for step in steps if step.unavailable}:
                self._drop(stream)

    def counters(self) -> dict[Stream, Counter]:
        """What was done so far, per list."""
        rows = rows_of(self.connection, "SELECT stream, * EXCLUDE (stream) FROM counters").rows()
        return {row[0]: Counter(*row[1:]) for row in rows}

    def unread(self, stream: Stream, identities: Sequence[str]) -> list[str]:
        """Those of some ids that neither a page nor a single object gave so far, by id."""
        wanted = pl.DataFrame({"id": identities}, schema={"id": pl.String()})
        with frame_as(self.connection, "wanted", wanted):
            return self._ids(f"SELECT id FROM wanted WHERE id NOT IN ({_given(stream)})")

    def unlisted_customers(self) -> list[str]:
        """The customers that charges name and that nothing gave so far, by id (stripe.md scenario 21)."""
        return self._ids(
            f"SELECT customer AS id FROM charges WHERE customer IS NOT NULL AND customer NOT IN ({_given('customers')})"
        )

    def frames(self) -> Extracted:
        """All of the extract. Raises WrongUse while something of it is still to fetch."""
        if self.plan() is None or self.ranges(STREAMS):
            raise WrongUse("the extract is not complete; read it to its end first")
        charges, refunds, customers = (self._latest(stream, READ[stream]) for stream in STREAMS)
        surprises = self._latest("surprises", SURPRISES, "stream, id")
        return Extracted(charges, refunds, customers, surprises, self.counters())

    def discard(self) -> None:
        """Forget the extract; its file goes with the end of the block that opened it."""
        self.connection.execute("DELETE FROM plan")

    def _ids(self, query: str) -> list[str]:
        ids: list[str] = rows_of(self.connection, f"SELECT DISTINCT id FROM ({query}) ORDER BY id")["id"].to_list()
        return ids

    def _latest(self, table: str, schema: Schema, key: str = "id") -> pl.DataFrame:
        # Appending and taking the latest is cheaper than an upsert for each page.
        latest = f"SELECT max(fetched) FROM {table} GROUP BY {key}"
        columns = ", ".join(f'"{name}"' for name in schema)
        return rows_of(self.connection, f"SELECT {columns} FROM {table} WHERE fetched IN ({latest}) ORDER BY {key}")

    def _add(self, stream: Stream, steps: Sequence[Step]) -> None:
        """Append what the steps of one list read, numbered on, and count it."""
        if not steps:
            return
        pages = [step.page for step in steps if step.page]
        surprises = [(stream, *surprise[:3]) for page in pages for surprise in page.surprises]
        rows = decode.rows_of(stream, pages)
        so_far = number_of(self.connection, "SELECT objects FROM counters WHERE stream = ?", [stream])
        self._insert(stream, _numbered(rows, so_far))
        self._insert("surprises", _numbered(pl.DataFrame(surprises, SURPRISES, orient="row"), so_far + rows.height))
        self.connection.execute(
            "UPDATE counters SET objects = objects + ?, pages = pages + ?, requests = requests + ? WHERE stream = ?",
            [rows.height + len(surprises), sum(1 for step in steps if step.page and step.done), len(steps), stream],
        )

    def _forget(self, gone: set[Range]) -> None:
        if gone:
            same = " AND ".join(f"ranges.{name} IS NOT DISTINCT FROM gone.{name}" for name in RANGES)
            with frame_as(self.connection, "gone", pl.DataFrame(sorted(gone, key=str), RANGES, orient="row")):
                self.connection.execute(f"DELETE FROM ranges USING gone WHERE {same}")

    def _drop(self, stream: Stream) -> None:
        """A list that the key may not read: half of it would be worse than nothing."""
        self.connection.execute(f"DELETE FROM {stream}")
        for table in ("ranges", "surprises"):
            self.connection.execute(f"DELETE FROM {table} WHERE stream = ?", [stream])
        self.connection.execute("UPDATE counters SET unavailable = true WHERE stream = ?", [stream])

    def _insert(self, table: str, rows: pl.DataFrame) -> None:
        if rows.height:
            with frame_as(self.connection, "added", rows):
                self.connection.execute(f"INSERT INTO {table} BY NAME FROM added")


@contextmanager
def opened(folder: Path, source: str, wait_seconds: float | None = None) -> Iterator[ExtractStore]:
    """The extract of a source, ours alone for the time of the block.

    Raises WarehouseBusy while another sync of the same source holds it.
    """
    with own_database(folder / f"{source}.duckdb", _is_begun, wait_seconds) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS plan (layout VARCHAR NOT NULL, plan VARCHAR NOT NULL)")
        yield ExtractStore(connection)


def _is_begun(connection: Connection) -> bool:
    return number_of(connection, "SELECT count(*) FROM plan") > 0


def _net(steps: Sequence[Step]) -> tuple[set[Range], set[Range]]:
    """The ranges that several steps take away and those that they add, without those that only passed by."""
    gone: set[Range] = set()
    left: set[Range] = set()
    for step in steps:
        if step.done:
            gone, left = gone | ({step.done} - left), left - {step.done}
        gone, left = gone - set(step.left), left | (set(step.left) - gone)
    return gone, left


def _given(stream: Stream) -> str:
    return f"SELECT id FROM {stream} UNION ALL SELECT id FROM surprises WHERE stream = '{stream}'"


def _numbered(rows: pl.DataFrame, so_far: int) -> pl.DataFrame:
    return rows.with_columns(fetched=pl.int_range(so_far, so_far + pl.len(), dtype=pl.Int64))
