"""What is known of imports of files, for their reports: the published history, reasons, months, and a few cells.

Lives here: the questions, each asked once for many imports. Not here: what a page says of the answers
(`import_page.py`). Nothing of it is kept: a report that is made again tells what is known then.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.home import Home
from pipelines.identity import key_of_import
from pipelines.models.staged_file import HELD, ROWS, Choice, load_choices
from pipelines.stripe.api import keys
from pipelines.warehouse.database import Connection, glanced_at, rows_of

OF_FILES = "(format IS NULL OR format NOT IN ('stripe', 'cleanup', 'merge', 'separate', 'manual'))"
"""Imports that came as a file, a refused one that was none included."""

ENTRIES = f"""
    SELECT *, (SELECT any_value(base_currency) FROM deployment) AS base_currency FROM import_history
    WHERE {OF_FILES} AND import_id IN (SELECT unnest(?)) ORDER BY started_at, import_id
"""
PAYING = '"payment_date"'
"""Stands in the mapping of a list of payments: others have no payments by month."""

NEWEST = f"""
    SELECT import_id, source, file_name, status, rows_accepted, rows_rejected, amount_accepted, started_at, language,
        (SELECT any_value(base_currency) FROM deployment) AS currency
    FROM import_history WHERE {OF_FILES} ORDER BY started_at DESC, import_id LIMIT ?
"""
EXAMPLES = 3
REASONS = f"""
    SELECT import_id, code, min(severity) AS severity, count(*) AS count,
        list({{'row': row_number, 'column': header, 'found': value, 'reason': message}} ORDER BY row_number NULLS FIRST)
            [1:{EXAMPLES}] AS examples
    FROM rejected_reasons WHERE import_id IN (SELECT unnest(?)) GROUP BY ALL ORDER BY count DESC, code
"""
BACK = """
    SELECT import_id, count(*) FILTER (resolved_by_import_id IS NOT NULL) AS back
    FROM rejected_rows WHERE severity = 'row' AND import_id IN (SELECT unnest(?)) GROUP BY ALL
"""
MONTHS = """
    SELECT import_id, date_trunc('month', paid_date)::DATE AS month, sum(amount) AS amount
    FROM file_payments WHERE paid_date IS NOT NULL AND import_id IN (SELECT unnest(?)) GROUP BY ALL ORDER BY ALL
"""
RELATED = f"""
    SELECT import_id FROM import_history WHERE {OF_FILES} AND replaced_by IN (SELECT unnest($1))
    UNION SELECT replaced_by FROM import_history WHERE import_id IN (SELECT unnest($1)) AND replaced_by IS NOT NULL
    UNION SELECT import_id FROM rejected_rows WHERE resolved_by_import_id IN (SELECT unnest($1))
"""
SAMPLED, SAMPLES, LONGEST = 200, 3, 40


@dataclass(frozen=True)
class ImportFacts:
    """What is known of one import of a file.

    `entry`: its line of the history. `reasons`: why rows and values were not taken, the most frequent first: code,
    severity, count and examples. `back`: rejected rows that came back mended. `months`: what its payments that count
    now come to. `samples`: by title, first values. `size`: bytes of the original that is kept. `currency`: the base
    currency. `reject_file`, `original`: where they lie, None where they do not. `choices`: of a held one, what each
    would do.
    """

    entry: Mapping[str, Any]
    reasons: Sequence[Mapping[str, Any]]
    back: int
    months: Sequence[tuple[date, Decimal]]
    samples: Mapping[str, tuple[str, ...]]
    currency: str | None
    reject_file: Path | None
    original: Path | None
    choices: tuple[Choice, ...]

    @cached_property
    def mapping(self) -> dict[str, Any]:
        """What each column was taken for; empty of a file that was not read so far."""
        return json.loads(self.entry["mapping"]) if self.entry["mapping"] else {}

    @cached_property
    def dialect(self) -> dict[str, Any]:
        """How the file is written; empty of one that was not read."""
        return json.loads(self.entry["dialect"]) if self.entry["dialect"] else {}

    @property
    def unmapped(self) -> list[str]:
        """Titles whose values are in no table."""
        return list(self.mapping.get("unmapped", ()))


def facts_of(home: Home, import_ids: Sequence[str]) -> list[ImportFacts]:
    """What is known of these imports, of those among them that came as files. Raises as `glanced_at`."""
    with glanced_at(home.published) as connection:
        entries = rows_of(connection, ENTRIES, [list(import_ids)]).to_dicts()
        rejecting = [entry["import_id"] for entry in entries if entry["status"] != "done"]
        paying = [entry["import_id"] for entry in entries if PAYING in (entry["mapping"] or "")]
        reasons = _by_import(connection, REASONS, rejecting)
        back = _by_import(connection, BACK, rejecting)
        months = _by_import(connection, MONTHS, paying)
    return [
        ImportFacts(
            entry=entry,
            reasons=reasons.get(entry["import_id"], ()),
            back=sum(each["back"] for each in back.get(entry["import_id"], ())),
            months=[(each["month"], each["amount"]) for each in months.get(entry["import_id"], ())],
            samples=_samples(home, entry["import_id"]),
            currency=entry["base_currency"],
            reject_file=_reject_file(home, entry["import_id"]),
            original=next(iter(sorted((home.archive / entry["import_id"]).glob("*"))), None),
            choices=load_choices(home.staging / HELD / key_of_import(entry["import_id"])),
        )
        for entry in entries
    ]


def newest_imports(home: Home, most: int) -> list[dict[str, Any]]:
    """The newest imports of files, as the index lists them."""
    with glanced_at(home.published) as connection:
        return rows_of(connection, NEWEST, [most]).to_dicts()


def every_import(home: Home) -> list[str]:
    """All imports that came as files."""
    with glanced_at(home.published) as connection:
        return rows_of(connection, f"SELECT import_id FROM import_history WHERE {OF_FILES}")["import_id"].to_list()


def related_imports(home: Home, import_ids: Sequence[str]) -> list[str]:
    """Other imports whose reports tell of these: which they replace or are replaced by, whose rejects they mend."""
    if not home.published.exists():
        return []
    with glanced_at(home.published) as connection:
        return rows_of(connection, RELATED, [list(import_ids)])["import_id"].to_list()


def _by_import(connection: Connection, query: str, wanted: list[str]) -> dict[str, list[dict[str, Any]]]:
    """The answers by import; where nothing can be known, nothing is asked: each question costs 3 ms."""
    found: dict[str, list[dict[str, Any]]] = {}
    if not wanted:
        return found
    for row in rows_of(connection, query, [wanted]).iter_rows(named=True):
        found.setdefault(row["import_id"], []).append(row)
    return found


def _samples(home: Home, import_id: str) -> dict[str, tuple[str, ...]]:
    """By title the first values that differ, as the sender wrote them; of what is no longer kept, none."""
    key = key_of_import(import_id)
    path = next((path for path in (home.staging / key / ROWS, home.staging / HELD / key / ROWS) if path.exists()), None)
    if path is None:
        return {}
    rows = pl.scan_parquet(path).head(SAMPLED).collect()
    return {column.name: _first_values(column) for column in rows if column.dtype == pl.String}


def _first_values(cells: pl.Series) -> tuple[str, ...]:
    distinct = cells.filter(cells.str.strip_chars() != "").unique(maintain_order=True).head(SAMPLES)
    return tuple(shown(cell) for cell in distinct)


def shown(text: str) -> str:
    """A cell as a page quotes it: whole words of a long one, for an erasure looks for addresses and not for parts of
    them, and no key of an account; what is staged has no card's.
    """
    clear = keys.redacted(text)
    if len(clear) <= LONGEST:
        return clear
    return " ".join((*clear[:LONGEST].split()[:-1], "…"))


def _reject_file(home: Home, import_id: str) -> Path | None:
    """Where its rejected rows lie to be mended."""
    files = (home.rejects / f"{import_id}{kind}" for kind in (".xlsx", ".csv"))
    return next((path for path in files if path.exists()), None)
