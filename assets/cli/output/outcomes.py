"""Output of `customers import` and `customers preview`: what became of each file, and how it was understood.

Lives here: tables and documents of outcomes. Not here: how any output is drawn (`drawing.py`).
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelines.reports.paths import INDEX
from schemas.codes import codes

if TYPE_CHECKING:  # imported where something is drawn, JSON does without; and what validates files is long to import
    from pipelines.ledger.previews import Preview, PreviewedColumn
    from pipelines.models.staged_file import Outcome
from assets.cli.output.drawing import counted, dump, print_table, table_of

FEW = 5
"""Of more files the page that lists their reports is named, and not each report."""


def imports(
    outcomes: "Sequence[Outcome]",
    examples: Mapping[str, Mapping[str, str]],
    pages: Mapping[str, Path],
    seconds: float,
    as_json: bool,
) -> None:
    """What became of each file.

    Args:
        outcomes: one for each file.
        examples: of each import, by the code of a reason, where it was met first and how it reads.
        pages: where the report of each import lies.
        seconds: what the work took.
        as_json: for scripts.
    """
    if as_json:
        documents = [outcome.model_dump(mode="json") | {"report": _report(outcome, pages)} for outcome in outcomes]
        click.echo(json.dumps({"imports": documents, "work_seconds": round(seconds, 3)}, ensure_ascii=False))
        return
    if not outcomes:
        click.echo("Nothing waits in the inbox.")
        return
    titles = (
        "import",
        "file",
        "status",
        "read",
        "accepted",
        "rejected",
        "created",
        "updated",
        "unchanged",
        "kept away",
    )
    rows = [
        (
            outcome.import_id,
            outcome.file_name,
            outcome.status,
            outcome.rows_read,
            outcome.rows_accepted,
            outcome.rows_rejected,
            outcome.customers_created,
            outcome.customers_updated,
            outcome.customers_unchanged,
            outcome.customers_kept_away,
        )
        for outcome in outcomes
    ]
    print_table(table_of(titles, rows))
    for outcome in outcomes:
        _explain(outcome, examples.get(outcome.import_id, {}))
        if len(outcomes) <= FEW and (told := _report(outcome, pages)):
            click.echo(f"{outcome.file_name}: report {told}")
    if len(outcomes) > FEW and pages:
        click.echo(f"Reports: {next(iter(pages.values())).with_name(INDEX)}")


def _report(outcome: "Outcome", pages: Mapping[str, Path]) -> str | None:
    """Where the report of an import lies."""
    return str(pages[outcome.import_id]) if outcome.import_id in pages else None


def _explain(outcome: "Outcome", examples: Mapping[str, str]) -> None:
    for reason in outcome.reasons:
        click.echo(f"{outcome.file_name}: {reason.code}: {reason.message}")
    if outcome.status == "failed" and not outcome.reasons:
        click.echo(f"{outcome.file_name}: {outcome.message}")
    for choice in outcome.choices:
        click.echo(f"  customers decide {outcome.import_id} {choice.name} --by NAME")
    for code, count in outcome.reject_codes.items():
        costs = "values left out" if codes()[code].level == "field" else "rows rejected"
        click.echo(f"{outcome.file_name}: {count} × {code} ({costs}){examples.get(code, '')}")
    if outcome.reject_file:
        rows = counted(outcome.rows_rejected, "rejected row")
        click.echo(f"{outcome.file_name}: mend the {rows} in {outcome.reject_file}")
    for warning in outcome.warnings:
        click.echo(f"{outcome.file_name}: {warning}")


def previews(shown: "Sequence[Preview]", as_json: bool) -> None:
    """How each file was understood, and what importing it would do."""
    if as_json:
        dump({"previews": [preview.model_dump(mode="json") for preview in shown]})
        return
    for preview in shown:
        _preview(preview)


def _preview(shown: "Preview") -> None:
    dialect = ", ".join(f"{name.replace('_', ' ')} {value!r}" for name, value in shown.dialect.items())
    click.echo(f"\n{shown.file_name}: {shown.format or 'not readable'}, profile {shown.profile}; {dialect}")
    if shown.columns:
        titles = ("column", "means", "sure", "because", "first values")
        print_table(table_of(titles, [_mapped(column) for column in shown.columns]))
    for field, style in shown.styles.items():
        click.echo(f"{field}: {_style(style)}")
    for warning in shown.warnings:
        click.echo(warning)
    if shown.first_rejects:
        parts = ("row", "costs the", "code", "column", "value", "reason")
        print_table(table_of(parts, [tuple(reject.model_dump().values()) for reject in shown.first_rejects]))
    _explain_counts(shown.outcome)


def _style(told: object) -> str:
    """How a column is written, and the rows that show it."""
    style = told if isinstance(told, dict) else {}
    rows = ", ".join(map(str, style.get("rows", [])))
    return f"{style.get('style')} (rows {rows})" if rows else str(style.get("style"))


def _mapped(column: "PreviewedColumn") -> tuple[object, ...]:
    field = column.field if column.rank in (None, 1) else f"{column.field} ({column.rank})"
    sure = None if column.confidence is None else f"{column.confidence:.0%}"
    return column.header, field, sure, column.how, ", ".join(column.samples)


def _explain_counts(outcome: "Outcome") -> None:
    """The outcome that an import would have."""
    for reason in outcome.reasons:
        click.echo(f"would be refused: {reason.code}: {reason.message}")
    for code, count in outcome.reject_codes.items():
        click.echo(f"{count} × {code}")
    rows = ("read", "blank", "accepted", "rejected", "merged")
    customers = ("created", "updated", "unchanged", "kept away")
    names = (*rows, *customers, "amount")
    counted = (f"customers_{name.replace(' ', '_')}" for name in customers)
    fields = (*(f"rows_{name}" for name in rows), *counted, "amount_accepted")
    print_table(table_of(names, [tuple(getattr(outcome, field) for field in fields)]))
