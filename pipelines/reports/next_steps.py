"""What a reader of a report may do next: the sentence, the command in a shell, the job of the same name in the UI.

Lives here: which steps fit which import. Not here: the sentences (`schemas/vocabulary/import_report_words.csv`), what
the commands do.
"""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pipelines.home import Home
from pipelines.reports.import_facts import ImportFacts

NAME = "NAME"
"""Stands for whoever decides; the reader puts their own."""


@dataclass(frozen=True)
class Step:
    """One step: what it does, the commands, the job, and the folder that does as well where there is one."""

    does: str
    commands: tuple[str, ...]
    job: str
    inbox: str | None = None


def next_steps(home: Home, facts: ImportFacts, words: Mapping[str, str]) -> list[Step]:
    """What fits an import as it stands now, the most urgent first."""
    return [*_STEPS[facts.entry["status"]](home, facts, words)]


def _of_done(home: Home, facts: ImportFacts, words: Mapping[str, str]) -> Iterator[Step]:
    identity, source = facts.entry["import_id"], facts.entry["source"]
    open_rows = facts.entry["rows_rejected"] - facts.back
    if facts.reject_file and open_rows > 0:
        yield _import(home, source, str(facts.reject_file), words["step_mend"].format(file=facts.reject_file.name))
    if facts.unmapped and facts.original:
        command = f"customers preview {shlex.quote(str(facts.original))} --source {shlex.quote(source)}"
        told = f"{command} --map {shlex.quote(f'{facts.unmapped[0]}=FIELD')} --save-mapping"
        yield Step(words["step_map"], (told,), "preview_files")
    yield Step(words["step_rows"], (f"customers rows {identity}",), "rows_of_an_import")
    undo = f"customers undo {identity}"
    yield Step(words["step_undo"], (f"{undo} --preview", f"{undo} --by {NAME}"), "undo_import")


def _of_held(_: Home, facts: ImportFacts, words: Mapping[str, str]) -> Iterator[Step]:
    for choice in ("add", "skip_identical", "replace"):
        command = f"customers decide {facts.entry['import_id']} {choice} --by {NAME}"
        yield Step(words[f"step_{choice}"], (command,), "decide_import")


def _of_refused(home: Home, facts: ImportFacts, words: Mapping[str, str]) -> Iterator[Step]:
    source = facts.entry["source"]
    if facts.reject_file:
        yield _import(home, source, str(facts.reject_file), words["step_mend"].format(file=facts.reject_file.name))
    name = shlex.quote(facts.entry["file_name"])
    yield Step(words["step_preview"], (f"customers preview {name} --source {shlex.quote(source)}",), "preview_files")
    yield _import(home, source, facts.entry["file_name"], words["step_send_again"])


def _of_failed(home: Home, facts: ImportFacts, words: Mapping[str, str]) -> Iterator[Step]:
    yield _import(home, facts.entry["source"], facts.entry["file_name"], words["step_failed"])


def _of_undone(home: Home, facts: ImportFacts, words: Mapping[str, str]) -> Iterator[Step]:
    if facts.original:
        yield _import(home, facts.entry["source"], str(facts.original), words["step_import_again"])


def _of_replaced(_: Home, facts: ImportFacts, words: Mapping[str, str]) -> Iterator[Step]:
    yield Step(words["step_rows"], (f"customers rows {facts.entry['import_id']}",), "rows_of_an_import")


def _import(home: Home, source: str, path: str, does: str) -> Step:
    command = f"customers import {shlex.quote(path)} --source {shlex.quote(source)}"
    return Step(does, (command,), "import_files", str(home.inbox / source))


_STEPS = {
    "done": _of_done,
    "done_with_rejects": _of_done,
    "held": _of_held,
    "refused": _of_refused,
    "failed": _of_failed,
    "undone": _of_undone,
    "replaced": _of_replaced,
}
