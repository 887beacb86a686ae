"""The page on one import: what stands in which part, in the language of its sender.

Lives here: the parts, each from the facts. Not here: the facts (`import_facts.py`), how a part looks
(`pages/import.html.jinja`), what to do next (`next_steps.py`).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from pipelines.home import Home
from pipelines.reports.charts import Amount, Chart, bar_chart, column_chart
from pipelines.reports.import_facts import ImportFacts, shown
from pipelines.reports.making import Making, making_of
from pipelines.reports.next_steps import next_steps
from pipelines.reports.page import rendered
from schemas.codes import advice, codes, short_name
from schemas.sentences.note import Note
from schemas.wordlists import wordlist

TEMPLATE = "import.html.jinja"
LOOKS = {
    "done": ("good", "✓"),
    "done_with_rejects": ("wait", "!"),
    "held": ("wait", "?"),
    "refused": ("bad", "✗"),
    "failed": ("bad", "✗"),
    "undone": ("gone", "↶"),
    "replaced": ("gone", "⇄"),
}
"""Of each status its colour, and the sign that says the same without colour."""

COUNTS = (
    *("rows_read", "rows_accepted", "rows_rejected", "rows_skipped", "rows_blank", "rows_merged"),
    *("customers_created", "customers_updated", "customers_unchanged", "customers_kept_away"),
)
ALWAYS = ("rows_read", "rows_accepted", "rows_rejected", "customers_created", "customers_updated")
"""Counts that are told when they are none, too."""

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
MOST_MONTHS, MOST_REASONS = 36, 8


def import_page(home: Home, facts: ImportFacts, now: datetime) -> str:
    """The page on an import, in the language in which its sender is told things; without one known, in English."""
    making = making_of(home, facts.entry["language"], now)
    entry, mapping = facts.entry, facts.mapping
    return rendered(
        TEMPLATE,
        language=making.language,
        words=making.words,
        entry=entry,
        name=entry["file_name"],
        look=LOOKS[entry["status"]],
        status=making.words[entry["status"]],
        outcome=_outcome(facts, making),
        since=_since(facts, making),
        heading=making.words["numbers_held" if entry["status"] == "held" else "numbers"],
        tiles=_tiles(facts, making),
        charts=[*_charts(facts, making)],
        steps=next_steps(facts, making),
        rejects=[_reason(reason, making) for reason in facts.reasons],
        reject_file=facts.reject_file,
        back=_back(facts, making),
        warnings=[_warning(line, making) for line in entry["warnings"]],
        came=[*_came(facts, making)],
        read=[*_read(facts, making)],
        columns=[_column(column, facts, making) for column in _in_order(mapping)],
        has_samples=bool(facts.samples),
        made=making.formats.instant(now),
    )


@cache
def _names_of(language: str) -> Mapping[str, str]:
    """What fields are called."""
    return {line["column"]: line[language] for line in wordlist("column_names")}


def _outcome(facts: ImportFacts, making: Making) -> Sequence[str]:
    """What became of it, in sentences."""
    entry, words = facts.entry, making.words
    if entry["status"] in ("refused", "failed", "held"):
        # What each choice would do stands beside its command.
        choices = " ".join(choice.meaning for choice in facts.choices)
        return ((entry["message"] or "").removesuffix(choices).rstrip(), words["nothing_written"])
    counts = {name: entry[name] for name in (*COUNTS, "amount_accepted")}
    return (Note("rows_accepted_of", **counts).sentence(making.language) + ".",)


def _since(facts: ImportFacts, making: Making) -> Sequence[str]:
    """What became of it since: decided, replaced, undone."""
    entry, words, formats = facts.entry, making.words, making.formats
    told = []
    if entry["decision"]:
        choice = words[f"step_{entry['decision']}"].rstrip(".")
        when = formats.instant(entry["decided_at"])
        told.append(words["decided_told"].format(when=when, who=entry["decided_by"], choice=choice))
    if entry["status"] == "replaced":
        told.append(words["replaced_told"].format(by=entry["replaced_by"] or ""))
    if entry["status"] == "undone":
        count, when = formats.number(entry["undone_count"] or 0), formats.instant(entry["undone_at"])
        told.append(words["undone_told"].format(when=when, who=entry["undone_by"], count=count))
    return told


def _tiles(facts: ImportFacts, making: Making) -> list[tuple[str, str]]:
    """Numbers, those that are none and of no interest left out; of what is held, what it would bring at most."""
    entry, words, formats = facts.entry, making.words, making.formats
    if entry["status"] == "held":
        return [
            (words["rows_read"], formats.number(entry["rows_read"])),
            (words["rows_valid"], formats.number(entry["rows_accepted"])),
            (words["rows_rejected"], formats.number(entry["rows_rejected"])),
            (words["amount_valid"], formats.money(entry["amount_accepted"], facts.currency)),
        ]
    counts = [(words[name], formats.number(entry[name])) for name in COUNTS if entry[name] or name in ALWAYS]
    money = [
        (words[name], formats.money(entry[name], facts.currency))
        for name in ("amount_accepted", "amount_repeated")
        if entry[name]
    ]
    return counts + money


def _charts(facts: ImportFacts, making: Making) -> Iterator[Chart]:
    entry, words, formats = facts.entry, making.words, making.formats
    kinds = (("accepted", "good"), ("rejected", "bad"), ("skipped", "other"))
    rows = [(words[name], entry[f"rows_{name}"], kind) for name, kind in kinds]
    if entry["rows_read"] and entry["status"] != "held":
        yield bar_chart(words["chart_rows"], [Amount(name, n, formats.number(n), kind) for name, n, kind in rows if n])
    reasons = [reason for reason in facts.reasons if reason["severity"] != "file"][:MOST_REASONS]
    if len(reasons) > 1:
        counts = [
            Amount(short_name(code, making.language), count, formats.number(count), "bad")
            for code, count in ((reason["code"], reason["count"]) for reason in reasons)
        ]
        yield bar_chart(words["chart_reasons"], counts)
    if len(facts.months) > 1:
        months = [
            Amount(formats.month(month), amount, formats.money(amount, facts.currency), "money")
            for month, amount in facts.months[-MOST_MONTHS:]
        ]
        yield column_chart(words["chart_months"], months)


def _reason(reason: Mapping[str, Any], making: Making) -> dict[str, Any]:
    """One reason: what it costs, how to mend it, its first examples."""
    count = making.formats.number(reason["count"])
    return {
        "code": reason["code"],
        "name": short_name(reason["code"], making.language),
        "costs": making.words[f"costs_{reason['severity']}"].format(count=count),
        "mend": _mend(reason["code"], making.language),
        "examples": [
            example | {"found": None if example["found"] is None else shown(example["found"])}
            for example in reason["examples"]
            if reason["severity"] != "file"
        ],
        "of_file": reason["severity"] == "file",
    }


def _mend(code: str, language: str) -> str | None:
    """How to mend a code."""
    return advice()[code].mend[language] if code in advice() else None


def _back(facts: ImportFacts, making: Making) -> str | None:
    """How many rejected rows came back mended, where any did."""
    if not facts.back:
        return None
    told, count = (making.formats.number(number) for number in (facts.back, facts.entry["rows_rejected"]))
    return making.words["rejects_back"].format(back=told, count=count)


def _warning(line: str, making: Making) -> dict[str, str | None]:
    code, _, sentence = line.partition(": ")
    known = code in codes()
    return {
        "code": code if known else None,
        "told": sentence if known else line,
        "mend": _mend(code, making.language) if known else None,
    }


def _came(facts: ImportFacts, making: Making) -> Iterator[tuple[str, str]]:
    entry, words, formats = facts.entry, making.words, making.formats
    yield words["file"], entry["file_name"]
    if facts.original:
        yield words["size"], formats.size(facts.original.stat().st_size)
    if entry["format"]:
        yield words["format"], entry["format"]
    yield words["source"], entry["source"]
    yield words["profile"], entry["profile"]
    yield words["started"], formats.instant(entry["started_at"])
    yield words["imported_by"], entry["imported_by"]
    yield words["import_id"], entry["import_id"]
    yield words["sha256"], entry["sha256"]


def _read(facts: ImportFacts, making: Making) -> Iterator[tuple[str, str]]:
    """How the file was read, with what shows it."""
    dialect, mapping, words = facts.dialect, facts.mapping, making.words
    if "sheet" in dialect:
        yield words["sheet"], str(dialect["sheet"])
    if "encoding" in dialect:
        yield words["encoding"], str(dialect["encoding"])
    if "evidence" in dialect:
        yield words["evidence"], str(dialect["evidence"])
    if "delimiter" in dialect:
        sign = str(dialect["delimiter"])
        yield words["delimiter"], words[DELIMITERS[sign]] if sign in DELIMITERS else sign
    if "header_row" in dialect and mapping:
        known = making.formats.number(len(mapping["columns"]))
        count = making.formats.number(len(mapping["titles"]))
        yield words["header_row"], words["header_told"].format(row=dialect["header_row"], known=known, all=count)
    for place, (field, style) in enumerate(mapping.get("styles", {}).items()):
        yield "" if place else words["styles"], _style(field, style, making)
    if dialect:
        yield words["told_language"], words["this_language"]


def _style(field: str, style: Mapping[str, Any], making: Making) -> str:
    rows = style.get("rows", ())
    names = str(style.get("style")).split(" and ")
    words = (making.words.get(f"{name.replace(' ', '_')}_style") or name for name in names)
    told = f"{_names_of(making.language).get(field, field)}{making.words['colon']} {', '.join(words)}"
    shown_by = making.words["style_row" if len(rows) == 1 else "style_rows"]
    return f"{told} {shown_by.format(rows=', '.join(map(str, rows)))}" if rows else told


def _in_order(mapping: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every column as the file has them, mapped or not."""
    others = {title: how for how in ("ignored", "kept", "unmapped") for title in mapping.get(how, ())}
    known = {column["title"]: column for column in mapping.get("columns", ())}
    return [
        known.get(title) or {"title": title, "field": None, "confidence": None, "how": others.get(title, "unmapped")}
        for title in mapping.get("titles", ())
    ]


def _column(column: Mapping[str, Any], facts: ImportFacts, making: Making) -> dict[str, Any]:
    field = column["field"]
    return {
        "title": column["title"],
        "field": field,
        "name": _names_of(making.language).get(field) if field else None,
        "sure": None if column["confidence"] is None else making.formats.share(column["confidence"]),
        "how": making.words[column["how"]],
        "samples": facts.samples.get(column["title"], ()),
    }
