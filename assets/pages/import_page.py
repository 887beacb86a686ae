"""What became of a file, at first glance: on its partition's page, as a check, and in the tags of its run.

Lives here: status, rows, money and what to do next, in the words of both the command and the job. Not here: what
became of it (`pipelines/ledger/`), what the other assets show (`assets/metadata.py`). Dagster keeps what is told here:
counts, codes, names of files; nothing that a sender wrote in a cell (PIT-75).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import dagster as dg

from assets.checks import tell_check
from assets.metadata import codes_of, records_table
from assets.pages.pictures import bars, dot
from pipelines.identity import key_of_import
from pipelines.models.staged_file import Choice, Outcome, StagedFile
from schemas.codes import advice, codes, short_name
from schemas.ways_in.actions import both_ways, command_of

ASSET = dg.AssetKey("validated_rows")
CHECK = "imported"
ALREADY, NOTHING = "already imported", "nothing"
GREEN, YELLOW, ORANGE, RED, GREY = "#1f9d55", "#e0b000", "#ef7d00", "#d92d20", "#98a2b3"
COLOURS = {
    "done": ("✔", GREEN),
    ALREADY: ("✔", GREEN),
    "done_with_rejects": ("▲", YELLOW),
    "held": ("■", ORANGE),
    "undone": ("○", GREY),
    "replaced": ("○", GREY),
    "refused": ("✖", RED),
    "failed": ("✖", RED),
}
"""The mark of each status in tags, and its colour on pages: Dagster's own dot only says that a file was validated."""
WARNS = frozenset({"done_with_rejects", "held"})
"""What a person has to look at; nothing is wrong with it."""
LAUNCHPAD = "/locations/customers/jobs/{job}/playground"
"""Where the form of a job is, from the root of the UI."""

Metadata = dict[str, Any]
Context = dg.AssetExecutionContext | dg.OpExecutionContext


class ImportFacts(NamedTuple):
    """What is said of one import wherever it is shown.

    `sentence`: the reason's, or what was accepted; `currency`: empty where the source's is not known.
    """

    import_id: str
    file_name: str
    source: str
    status: str
    rows_read: int
    rows_accepted: int
    rows_rejected: int
    money: Decimal
    currency: str
    sentence: str
    next_step: str

    @property
    def amount(self) -> str:
        """The accepted money as people read it."""
        return shown_money(self.money, self.currency)

    @property
    def shown_status(self) -> str:
        """The status with its mark."""
        return f"{COLOURS[self.status][0]} {self.status}"


def shown_money(money: Decimal, currency: str) -> str:
    """Money with its currency, where that is known."""
    return f"{money:,.2f} {currency}".strip()


def facts_of(outcome: Outcome, currency: str | None = None) -> ImportFacts:
    """What is said of an import as its run left it."""
    status = ALREADY if outcome.already_imported else outcome.status
    reasons = [reason.code for reason in outcome.reasons]
    return ImportFacts(
        outcome.import_id,
        outcome.file_name,
        outcome.source,
        status,
        outcome.rows_read,
        outcome.rows_accepted,
        outcome.rows_rejected,
        outcome.amount_accepted,
        currency or "",
        outcome.message,
        _next_step(status, outcome.import_id, outcome.source, outcome.reject_file, reasons),
    )


def facts_of_entry(entry: Mapping[str, Any], reject_file: Path) -> ImportFacts:
    """The same of a line of the import history, whatever was decided about it since."""
    undone = f"undone by {entry['undone_by']}" if entry["status"] == "undone" else ""
    told = f"{entry['rows_accepted']} of {entry['rows_read']} rows accepted"
    return ImportFacts(
        entry["import_id"],
        entry["file_name"],
        entry["source"],
        entry["status"],
        entry["rows_read"],
        entry["rows_accepted"],
        entry["rows_rejected"],
        entry["amount_accepted"],
        "",
        undone or entry["message"] or told,
        _next_step(entry["status"], entry["import_id"], entry["source"], str(reject_file), []),
    )


def _next_step(status: str, import_id: str, source: str, reject_file: str | None, reasons: Sequence[str]) -> str:
    """What to do now, in a shell or in the UI."""
    if status == "done_with_rejects":
        return f"mend the rejected rows in {reject_file or 'the reject file'} and send that file"
    if status == "held":
        return f"decide: {both_ways('decide', import_id=import_id)}"
    if status == "refused":
        return " ".join(["mend the file and send it again.", *filter(None, map(_mend, reasons))])
    if status == "failed":
        return f"see the run's log; then start it again: {both_ways('import', source=source)}"
    return NOTHING


def tell_import(context: Context, outcome: Outcome, staged_file: StagedFile | None, pages: Metadata) -> ImportFacts:
    """Note an import on its partition: a materialisation where it was validated, and the check with its colour.

    One that failed for a reason of ours has no materialisation, so that its dot is red; one that is in the table
    already keeps what its page says, and is observed only.
    """
    facts = facts_of(outcome, staged_file.base_currency if staged_file else None)
    metadata = page_of(facts, outcome, staged_file) | pages
    partition = key_of_import(outcome.import_id)
    if facts.status in (ALREADY, "failed"):
        context.log_event(dg.AssetObservation(asset_key=ASSET, partition=partition, metadata=metadata))
    else:
        context.log_event(dg.AssetMaterialization(asset_key=ASSET, partition=partition, metadata=metadata))
    if facts.status != ALREADY:
        tell_check(context, evaluation_of(facts))
    return facts


def page_of(facts: ImportFacts, outcome: Outcome, staged_file: StagedFile | None) -> Metadata:
    """The page of an import: first what everybody asks, then how the file was understood."""
    customers = {
        "customers_created": outcome.customers_created,
        "customers_updated": outcome.customers_updated,
        "customers_unchanged": outcome.customers_unchanged,
    }
    mapping = {"mapping": dg.MetadataValue.json(staged_file.mapping or {})} if staged_file else {}
    return first_glance(facts) | customers | _details(outcome) | mapping


def first_glance(facts: ImportFacts) -> Metadata:
    """What everybody asks of an import."""
    return {
        "status": dg.MetadataValue.md(f"{dot(COLOURS[facts.status][1], facts.status)} **{facts.status}**"),
        "next": dg.MetadataValue.md(_linked(facts)),
        "file": facts.file_name,
        "source": facts.source,
        "import": facts.import_id,
        "message": facts.sentence,
        "amount_accepted": facts.amount,
        "amount": float(facts.money),
        "dagster/row_count": facts.rows_accepted,
        "rows_read": facts.rows_read,
        "rows_accepted": facts.rows_accepted,
        "rows_rejected": facts.rows_rejected,
    }


def _linked(facts: ImportFacts) -> str:
    """The next step; of a held import with a command for each choice and the way to the form."""
    if facts.status != "held":
        return facts.next_step
    commands = [
        command_of("decide", import_id=facts.import_id).replace("add|replace|skip_identical", choice)
        for choice in ("add", "skip_identical", "replace")
    ]
    form = f"[the form of the job decide_import]({LAUNCHPAD.format(job='decide_import')})"
    return "\n".join(["decide, in a shell:", "", *(f"- `{command}`" for command in commands), "", f"or in {form}"])


def _details(outcome: Outcome) -> Metadata:
    """What is worth telling where there is any: a clean file has no rejects, no warnings, no choices."""
    told: Metadata = {}
    if outcome.choices:
        told["choices"] = choices_table((outcome.file_name, outcome.import_id, choice) for choice in outcome.choices)
    if outcome.reasons:
        reasons = [{"code": reason.code, "how to mend it": _mend(reason.code)} for reason in outcome.reasons]
        told["reasons"] = records_table(reasons, ("code", "how to mend it"))
    if outcome.reject_codes:
        rejects = [
            {"code": code, "count": count, "costs": codes()[code].level, "how to mend it": _mend(code)}
            for code, count in outcome.reject_codes.items()
        ]
        told["rejects"] = records_table(rejects, ("code", "count", "costs", "how to mend it"))
        told["rejects by reason"] = bars(
            "rejects by reason", {short_name(code): count for code, count in outcome.reject_codes.items()}
        )
        told["reject_codes"] = dg.MetadataValue.json(outcome.reject_codes)
    if outcome.reject_file:
        told["reject file"] = dg.MetadataValue.path(outcome.reject_file)
    if outcome.warnings:
        told["warnings"] = dg.MetadataValue.json(codes_of(outcome.warnings))
    return told


def choices_table(choices: Iterable[tuple[str, str, Choice]]) -> dg.TableMetadataValue:
    """What each choice would do, in rows and money, with its command: of a file and its import each."""
    records = [
        choice.model_dump() | {"file_name": name, "decide": f"customers decide {identity} {choice.name} --by NAME"}
        for name, identity, choice in choices
    ]
    return records_table(records, ("file_name", "name", "rows_counted", "amount_change", "meaning", "decide"))


def _mend(code: str) -> str:
    return advice()[code].mend["en"] if code in advice() else ""


def evaluation_of(facts: ImportFacts) -> dg.AssetCheckEvaluation:
    """The check of one partition: passed, amber where a person has to look at it, red where nothing was taken."""
    return dg.AssetCheckEvaluation(
        asset_key=ASSET,
        check_name=CHECK,
        partition=key_of_import(facts.import_id),
        passed=facts.status not in (*WARNS, "refused", "failed"),
        severity=dg.AssetCheckSeverity.WARN if facts.status in WARNS else dg.AssetCheckSeverity.ERROR,
        description=f"{facts.file_name} is {facts.status}: {facts.sentence}",
        metadata={"import": facts.import_id, "file": facts.file_name, "next": facts.next_step},
    )


def run_tags(told: Sequence[ImportFacts]) -> dict[str, str]:
    """What the list of runs says of a run's files: one file by itself, several by their sums."""
    if not told:
        return {}
    counts = Counter(facts.status for facts in told)
    many = " · ".join(f"{COLOURS[status][0]} {count} {status}" for status, count in _in_order(counts))
    accepted, rejected = sum(facts.rows_accepted for facts in told), sum(facts.rows_rejected for facts in told)
    steps = {facts.next_step for facts in told if facts.next_step != NOTHING}
    return {
        "status": told[0].shown_status if len(told) == 1 else many,
        "source": ", ".join(sorted({facts.source for facts in told})),
        "rows": f"{accepted:,} accepted, {rejected:,} rejected",
        "money": shown_money(sum((facts.money for facts in told), Decimal(0)), max(facts.currency for facts in told)),
        "next": next(iter(steps)) if len(steps) == 1 else f"{len(steps)} files wait" if steps else NOTHING,
    }


def _in_order(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Counts of statuses, the best first."""
    return sorted(counts.items(), key=lambda item: list(COLOURS).index(item[0]))


def pages_of(paths: Mapping[str, Path]) -> Metadata:
    """Files that tell more, for whoever can open them on the machine that the UI runs on."""
    return {name: dg.MetadataValue.path(str(path)) for name, path in paths.items() if path.exists()}


def tag_run(context: Context, told: Iterable[ImportFacts]) -> None:
    """Put what became of a run's files into its tags."""
    tags = run_tags(list(told))
    if tags:
        context.instance.add_run_tags(context.run.run_id, tags)
