"""Measures what a long history costs: `python bench/ledger.py --contributions 10000000 --rows 10000`.

Here: an import of some rows, its undo, that undo's preview and a plain publish, with an empty ledger and with one of
many contributions, each in a process of its own. The history is written as SQL into ten
imports of one row each, then folded by a rebuild, whose checks it has to pass: as ten files would give it, and sooner.
Not here: how fast a file is read (`imports.py`).
"""

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from multiprocessing import get_context
from pathlib import Path

from generate import customer_rows, write_customers
from measure import RSS_UNIT, Cost
from report import record

from pipelines.configuration.settings import Sources
from pipelines.home import Home
from pipelines.intake.import_request import Request, content_of
from pipelines.intake.inbox import Arrival
from pipelines.intake.process_file import process_file
from pipelines.ledger import commit_imports, recompute
from pipelines.ledger.undo import rehearse_undo, undo_import
from pipelines.warehouse.database import working

AS_OF = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, tzinfo=UTC)
IMPORTS = 10
EACH = 5
"""Contributions of a customer in the history."""

EMPTY, FULL = "no history", "a long history"
SOURCES = Sources.model_validate({"sources": {"till": {"profile": "payments"}, "crm": {"profile": "upflow"}}})


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what a long history costs.")
    parser.add_argument("--contributions", type=int, default=10_000_000)
    parser.add_argument("--rows", type=int, default=10_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        file = Path(folder, "customers.csv")
        write_customers(asked.rows, file)
        empty, full = Home(Path(folder, "empty")), Home(Path(folder, "full"))
        for home in (empty, full):
            home.root.mkdir()
        built = apart(build, full, asked.contributions, asked.rows)
        steps = {name: measured(home, file) for name, home in ((EMPTY, empty), (FULL, full))}
        size = full.published.stat().st_size / 1e6
        history = f"The history took {built.wall:,.0f} s to write and fold; the snapshot has {size:,.0f} MB."
        for step in steps[EMPTY]:
            costs = {name: [each[step]] for name, each in steps.items()}
            record(f"{step} of {asked.rows:,} rows beside {asked.contributions:,}", costs, FULL, history=history)


def measured(home: Home, file: Path) -> dict[str, Cost]:
    return {
        "Import": apart(import_file, home, file),
        "Preview of the undo": apart(preview_undo, home),
        "Undo": apart(undo, home),
        "Publishing": apart(recompute.publish, home),
    }


def apart(step: Callable[..., object], *arguments: object) -> Cost:
    """The cost of a step in a process of its own, without starting it."""
    context = get_context("spawn")
    told = context.SimpleQueue()
    process = context.Process(target=timed, args=(told, step, arguments))
    process.start()
    process.join()
    if process.exitcode:
        sys.exit(f"{step.__name__} ended with {process.exitcode}")
    return Cost(*told.get())


def timed(told: "object", step: Callable[..., object], arguments: tuple[object, ...]) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    step(*arguments)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    told.put((cpu, wall, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * RSS_UNIT / 1e6))


def import_file(home: Home, file: Path, source: str = "shop") -> None:
    arrival = Arrival(file, source)
    staged_file = process_file(Request(arrival, "bench", NOW, AS_OF), content_of(arrival), home, SOURCES)
    commit_imports.commit_staged_files(home, [staged_file], None, NOW)


def latest(home: Home) -> str:
    with working(home.working) as connection:
        [(found,)] = connection.execute("SELECT max_by(import_id, import_seq) FROM ledger.imports").fetchall()
    return found


def preview_undo(home: Home) -> None:
    rehearse_undo(home, latest(home), NOW)


def undo(home: Home) -> None:
    undo_import(home, latest(home), "bench", NOW)


def build(home: Home, contributions: int, rows: int) -> None:
    """A history of so many contributions, nine lists and one of payments; every other customer of the file is in it."""
    for number in range(1, IMPORTS + 1):
        file = home.root / f"{number}.csv"
        paid = number == IMPORTS
        file.write_text(PAYMENT if paid else f"email,name\na@x.fr,A{number}\n", "utf-8")
        import_file(home, file, "till" if paid else "shop")
    known = sorted({row[0].lower() for row in customer_rows(rows) if row[0].count("@") == 1})[::2]
    with working(home.working) as connection:
        connection.execute("CREATE TEMP TABLE known AS SELECT unnest(?) AS email", [known])
        connection.execute("DELETE FROM ledger.contributions")
        connection.execute(HISTORY, {"each": contributions // IMPORTS, "people": contributions // EACH})
        connection.execute(COUNTS)
    recompute.rebuild(home)


PAYMENT = "payment id,email,amount,date\np,a@x.fr,1,2026-01-01\n"

HISTORY = f"""
    INSERT INTO ledger.contributions BY NAME
    WITH people AS (
        SELECT row_number() OVER () - 1 AS person, email FROM known
        UNION ALL SELECT number, 'old' || number || '@history.example' FROM range($people) AS numbers(number)
        WHERE number >= (SELECT count(*) FROM known)
    ), numbered AS (
        SELECT number, number // $each + 1 AS place, number % $people AS person
        FROM range($each * {IMPORTS}) AS numbers(number)
    )
    SELECT place::INTEGER AS import_seq, if(place = {IMPORTS}, 'till', 'shop') AS source,
        number % $each + 2 AS row_number, md5_number('email:' || email)::UUID AS customer_id, email,
        'Name ' || person AS name,
        (number * 7919 % 100_000 / 100)::DECIMAL(18, 3) AS total_spent, 1 AS payment_count,
        DATE '2020-01-01' + (number % 2000)::INTEGER AS first_payment_date, first_payment_date AS last_payment_date,
        if(place = {IMPORTS}, 'p' || number, NULL) AS payment_id, 0 AS payment_line
    FROM numbered JOIN people USING (person)
"""

COUNTS = """
    UPDATE ledger.imports SET rows_read = held, rows_accepted = held, amount_accepted = amount
    FROM (
        SELECT import_seq, count(*) AS held, sum(total_spent) AS amount FROM ledger.contributions GROUP BY ALL
    ) AS found WHERE found.import_seq = imports.import_seq
"""


if __name__ == "__main__":
    main()
