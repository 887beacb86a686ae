"""What a reader of a report may do next: the sentence, the command in a shell, the job of the same name in the UI.

Lives here: which steps fit which import. Not here: the sentences (`schemas/vocabulary/import_report_words.csv`), what
the commands do.
"""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.models.staged_file import Choice
from pipelines.reports.import_facts import ImportFacts
from pipelines.reports.making import Making

NAME = "NAME"
"""Stands for whoever decides; the reader puts their own."""


@dataclass(frozen=True)
class Step:
    """One step: what it does, the commands, the job, and the folder that does as well where there is one."""

    does: str
    commands: tuple[str, ...]
    job: str
    inbox: str | None = None


def next_steps(facts: ImportFacts, making: Making) -> list[Step]:
    """What fits an import as it stands now, the most urgent first."""
    return [*_STEPS[facts.entry["status"]](facts, making)]


def _of_done(facts: ImportFacts, making: Making) -> Iterator[Step]:
    identity, words = facts.entry["import_id"], making.words
    if facts.reject_file and facts.entry["rows_rejected"] > facts.back:
        yield _import(str(facts.reject_file), "step_mend", facts, making)
    if facts.unmapped and facts.original:
        command = f"customers preview {shlex.quote(str(facts.original))} --source {shlex.quote(facts.entry['source'])}"
        told = f"{command} --map {shlex.quote(f'{facts.unmapped[0]}=FIELD')} --save-mapping"
        yield Step(words["step_map"], (told,), "preview_files")
    yield Step(words["step_rows"], (f"customers rows {identity}",), "rows_of_an_import")
    undo = f"customers undo {identity}"
    yield Step(words["step_undo"], (f"{undo} --preview", f"{undo} --by {NAME}"), "undo_import")


def _of_held(facts: ImportFacts, making: Making) -> Iterator[Step]:
    effects: dict[str, str] = {choice.name: _effect(choice, facts.currency, making) for choice in facts.choices}
    for choice in ("add", "skip_identical", "replace"):
        command = f"customers decide {facts.entry['import_id']} {choice} --by {NAME}"
        does = f"{making.words[f'step_{choice}']} {effects.get(choice, '')}".rstrip()
        yield Step(does, (command,), "decide_import")


def _effect(choice: Choice, currency: str | None, making: Making) -> str:
    """How many rows would count, and by how much there would be more money in the table, or less."""
    amount = making.formats.money(choice.amount_change, currency)
    signed = f"+{amount}" if choice.amount_change > 0 else amount
    return making.words["step_effect"].format(rows=making.formats.number(choice.rows_counted), amount=signed)


def _of_refused(facts: ImportFacts, making: Making) -> Iterator[Step]:
    name, source = shlex.quote(facts.entry["file_name"]), shlex.quote(facts.entry["source"])
    if facts.reject_file:
        yield _import(str(facts.reject_file), "step_mend", facts, making)
    yield Step(making.words["step_preview"], (f"customers preview {name} --source {source}",), "preview_files")
    yield _import(facts.entry["file_name"], "step_send_again", facts, making)


def _of_failed(facts: ImportFacts, making: Making) -> Iterator[Step]:
    yield _import(facts.entry["file_name"], "step_failed", facts, making)


def _of_undone(facts: ImportFacts, making: Making) -> Iterator[Step]:
    if facts.original:
        yield _import(str(facts.original), "step_import_again", facts, making)


def _of_replaced(facts: ImportFacts, making: Making) -> Iterator[Step]:
    yield Step(making.words["step_rows"], (f"customers rows {facts.entry['import_id']}",), "rows_of_an_import")


def _import(path: str, does: str, facts: ImportFacts, making: Making) -> Step:
    source = facts.entry["source"]
    command = f"customers import {shlex.quote(path)} --source {shlex.quote(source)}"
    told = making.words[does].format(file=Path(path).name)
    return Step(told, (command,), "import_files", str(making.home.inbox / source))


_STEPS = {
    "done": _of_done,
    "done_with_rejects": _of_done,
    "held": _of_held,
    "refused": _of_refused,
    "failed": _of_failed,
    "undone": _of_undone,
    "replaced": _of_replaced,
}
