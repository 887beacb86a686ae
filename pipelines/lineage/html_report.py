"""The report on one customer as a page: one file, without network, to be handed to whoever asks what is kept of them.

Lives here: what stands in which part, in which language. Not here: what is known (`report.py`), how the page looks
(`pipelines/reports/pages/customer.html.jinja`).
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl

from pipelines.configuration.settings import FileSource, Sources
from pipelines.lineage.report import CustomerReport
from pipelines.publishing.amounts_as_text import amount_text
from pipelines.reports.page import rendered, write_page
from schemas.codes import Language
from schemas.wordlists import wordlist

TEMPLATE = "customer.html.jinja"
HIDDEN = ("customer_id", "run_id", "change_number")
"""Columns that say nothing about anybody."""


def language_of(report: CustomerReport, sources: Sources) -> Language:
    """The language of the page where nobody says one: that of the customer's first source, else English."""
    told = report.values["source"].drop_nulls().unique().sort()
    spoken = [declared.language for name in told if isinstance(declared := sources.sources.get(name), FileSource)]
    return spoken[0] if spoken else "en"


def html_of(report: CustomerReport, language: Language, now: datetime) -> str:
    """The page on a customer in one language, made at an instant."""
    words = {line["key"]: line[language] for line in wordlist("report_words")}
    rules = {line["rule"]: line[language] for line in wordlist("lineage_rules")}
    names = {line["column"]: line[language] for line in wordlist("column_names")}
    fields = {field: _field_name(field, words, names) for field in report.values["field"].unique()}
    values = report.values.with_columns(pl.col("field").replace(fields))
    parts = [
        (words["values"], values.filter("wins").to_dicts()),
        (words["losing"], values.filter(~pl.col("wins")).to_dicts()),
    ]
    tables = [(words[name], *_shown(rows, words, names)) for name, rows in report.tables.items()]
    return rendered(
        TEMPLATE,
        report=report,
        language=language,
        words=words,
        rules=rules,
        parts=parts,
        tables=tables,
        made=_cell(now),
    )


def write_html(report: CustomerReport, language: Language, now: datetime, target: Path) -> None:
    """Write the page on a customer, whole or not at all; nobody but its owner may read it."""
    write_page(target, html_of(report, language, now))


def _field_name(field: str, words: Mapping[str, str], names: Mapping[str, str]) -> str:
    """What a field is called in the language of the page: `contacts.email` by its section and its column."""
    section, _, column = field.rpartition(".")
    return f"{words[section.removeprefix('customer_')]}: {names[column]}" if section else names[column]


def _shown(rows: pl.DataFrame, words: Mapping[str, str], names: Mapping[str, str]) -> tuple[list[str], list[list[str]]]:
    """The titles and cells of a table, without columns in which nothing stands."""
    shown = [name for name in rows.columns if name not in HIDDEN and rows[name].null_count() < rows.height]
    truths = {True: words["yes"], False: words["no"]}
    cells = [
        [truths[cell] if isinstance(cell, bool) else _cell(cell) for cell in row]
        for row in rows.select(shown).iter_rows()
    ]
    return [names[name] for name in shown], cells


def _cell(cell: object) -> str:
    match cell:
        case None:
            return ""
        case Decimal():
            return amount_text(cell, None)
        case datetime():
            return cell.strftime("%Y-%m-%d %H:%M UTC")
        case date():
            return cell.isoformat()
        case list():
            return "; ".join(map(_cell, cell))
        case dict():
            return str(cell.get("message") or cell)
        case _:
            return str(cell)
