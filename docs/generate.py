"""Writes the pages on tables, codes, reasons, profiles and rules from the code and its tests; a test compares them."""

import csv
import re
from pathlib import Path

from pipelines.publishing.tables import TABLES, VIEWS
from schemas.base import Contract, columns_of, summary_of
from schemas.codes import Advice, Code, advice, codes
from schemas.profiles import BREAKER_ROWS, MAX_BYTES, PROFILES, Profile
from schemas.sentences.template import Template, parsed
from schemas.wordlists import wordlist
from tests.support.marked_rules import Shown, shown

HERE = Path(__file__).parent
MADE = "Written by `make docs` from the code; do not edit.\n"
IDS = "IDs in parentheses are those of the [requirements](requirements.md).\n"

LEVELS = {
    "file": "The file is refused; nothing of it is imported.",
    "row": "The row is rejected; the others are imported.",
    "field": "The row is imported without this value.",
    "warning": "Nothing is held back; it is worth knowing.",
}


def tables() -> str:
    """The page on the tables of `customers.duckdb`."""
    shown = {**TABLES, **{f"{name} (view)": contract for name, contract in VIEWS.items()}}
    return f"# Tables in customers.duckdb\n\n{MADE}{IDS}" + "".join(map(_table, shown.items()))


def _table(entry: tuple[str, type[Contract]]) -> str:
    name, contract = entry
    rows = "".join(
        f"| {column.name} | {column.sql_type} | {'' if column.nullable else 'not null'} | {column.description} |\n"
        for column in columns_of(contract)
    )
    return f"\n## {name}\n\n{summary_of(contract)}\n\n| column | type | | meaning |\n|---|---|---|---|\n{rows}"


def code_page() -> str:
    """The page on the codes, by what they cost."""
    parts = [
        f"\n## {level.capitalize()}\n\n{meaning}\n"
        + "".join(_code(code) for code in codes().values() if code.level == level)
        for level, meaning in LEVELS.items()
        if _of(level)
    ]
    return f"# Codes\n\n{MADE}" + "".join(parts)


def _of(level: str) -> list[Code]:
    return [code for code in codes().values() if code.level == level]


def _code(code: Code) -> str:
    lines = "".join(f"- {language}: {_outline(parsed(text))}\n" for language, text in code.messages.items())
    return f"\n### {code.name}\n\n{lines}"


def _outline(template: Template) -> str:
    """A sentence with its gaps, where it is counted in the form of many."""
    return "".join(
        part if isinstance(part, str) else _outline([*part.forms.values()][-1]) if part.forms else f"{{{part.name}}}"
        for part in template
    )


REJECT_FILES = """
What each reason means and how to mend it. The list of our messages in three languages is in [codes](codes.md).

## The reject file

Rows that could not be imported are in `rejects/<import>.xlsx` and `.csv`, in your own columns and with your own text.
The workbook opens on the rows, and its second sheet says what to do. The cells at fault are red, bold and framed, with
a note each, and the last columns are ours, in grey and in your language: the reasons, and two that say where the row
comes from.

1. Correct the cells. Leave our columns as they are.
2. Send the file as it is, to where the list was sent. Only the rows in it are imported; each is
   counted once, however often it comes.
3. Rows that are still at fault are in a new reject file.

A row of which only a value was left out (see [Field](#field)) is in the table already and not in the reject file: send
the value with your next list.
"""


def reason_page() -> str:
    """The page for senders: what each code means and how to mend it."""
    parts = [
        f"\n## {level.capitalize()}\n\n{meaning}\n"
        + "".join(_reason(code.name, advice()[code.name]) for code in _of(level))
        for level, meaning in LEVELS.items()
    ]
    return f"# Reasons\n\n{MADE}{REJECT_FILES}" + "".join(parts)


def _reason(name: str, told: Advice) -> str:
    return f"\n### {name}\n\n{told.meaning}\n\n- For example: {told.example}\n- To mend it: {told.mend['en']}\n"


def profile_page() -> str:
    """The page on the built-in profiles."""
    return (
        f"# Profiles\n\n{MADE}{IDS}\n"
        "What each built-in profile asks of a file. `sources.yaml` gives a source its profile, "
        "changes its limits, and declares [own profiles](sources.md#own-profiles). `customers template PROFILE` writes "
        "its template.\n" + "".join(map(_profile, PROFILES.values()))
    )


def _profile(profile: Profile) -> str:
    rules = "".join(f"| {name} | {value} |\n" for name, value in _rules(profile).items())
    titles = "".join(
        f"| {column.title} | {column.field} | {column.example} | {column.note} |\n" for column in profile.template
    )
    own = "keys" if profile.grain == "event" else "template"
    return (
        f"\n## {profile.name}\n\n{profile.description}.\n\n| rule | |\n|---|---|\n{rules}"
        f"\nIts {own}:\n\n| title | field | example | note |\n|---|---|---|---|\n{titles}"
    )


def _rules(profile: Profile) -> dict[str, str]:
    sizes = ", ".join(f"{kind} {_megabytes(profile.largest(kind))}" for kind in profile.formats)
    groups = "; ".join(" or ".join(group) for group in profile.groups)
    needs = "; ".join(f"{_spelled(need.one_of)} where there is {_spelled(need.where)}" for need in profile.needs)
    ratio = f"rejected; beyond {profile.max_reject_ratio:.0%} of {BREAKER_ROWS} rows or more the file is refused"
    rules = {
        "a row must have": groups,
        "and": needs,
        "recommended": ", ".join(profile.recommended),
        "identified by the first of": ", ".join(profile.key),
        "formats, at most": sizes,
        "separators of csv": " ".join(_mark(mark) for mark in profile.delimiters if "csv" in profile.formats),
        "encoding of csv": "UTF-8; another one only if it is told" if profile.utf8_only else "",
        "rows, at most": "" if profile.max_rows is None else f"{profile.max_rows:,}",
        "sheets": "one only" if profile.single_sheet else "",
        "titles": "in the first row" if profile.header_first else "",
        "mapping": "" if profile.grain == "event" else profile.mapping_mode,
        "a bad row is": ratio if profile.row_policy == "skip" else "a reason to refuse the file",
    }
    return {name: value.replace("|", "\\|") for name, value in rules.items() if value}


def _mark(delimiter: str) -> str:
    return "tab" if delimiter == "\t" else f"`{delimiter}`"


def _spelled(fields: tuple[str, ...]) -> str:
    return " or ".join(fields)


def _megabytes(size: int) -> str:
    return "1 GB" if size == MAX_BYTES else f"{size / 1_000_000:g} MB"


def word_page() -> str:
    """The page for senders on the words that a cell of a closed list may hold."""
    heads = {
        "customer_statuses": ("Status of a customer", "Any other word gives no status, with a warning."),
        "positions": ("Position of a contact", "Any other word is left out, with its reason."),
        "payment_statuses": (
            "Status of a payment",
            "Any other word rejects the row; a blank cell is a payment made.",
        ),
        "yes_no": ("Yes and no", "Consent takes fewer: see [OPT_IN_VALUE](reasons.md#opt_in_value)."),
    }
    return f"# Words\n\n{MADE}\nWhatever their case, accents and separators.\n" + "".join(
        f"\n## {title}\n\n{rest}\n\n| meaning | words |\n|---|---|\n{_words(name)}"
        for name, (title, rest) in heads.items()
    )


def _words(name: str) -> str:
    found: dict[str, dict[str, None]] = {}
    for line in wordlist(name):
        found.setdefault(line["meaning"], {})[line["word"]] = None
    return "".join(f"| {meaning} | {', '.join(words)} |\n" for meaning, words in found.items())


SEEDS = {
    "AU": ("AskUsers", 46),
    "UP": ("Upflow", 39),
    "RF": ("Reveal Field", 31),
    "SC": ("SmartCRM", 19),
    "MO": ("the Mono editor", 22),
}
"""The products whose import pages this one replaces, and how many rules each has."""

REQUIREMENT = re.compile(r"^\| ([A-Z]{2}-\d\d) \| (.+) \| .+ \|$", re.MULTILINE)
FEW = 3
"""So many tests of a rule are named, the others counted."""


def seed_page() -> str:
    """The page on the rules of the five products: the tests that prove each, or why it is out of scope."""
    meanings = dict(REQUIREMENT.findall((HERE / "requirements.md").read_text("utf-8")))
    with (HERE / "out-of-scope.csv").open(encoding="utf-8", newline="") as file:
        left_out = {line["rule"]: line for line in csv.DictReader(file)}
    proofs: dict[str, list[Shown]] = {}
    for each in shown():
        proofs.setdefault(each.id, []).append(each)
    parts = []
    for prefix, (product, count) in SEEDS.items():
        parts.append(f"\n## {product[0].upper()}{product[1:]}\n\n| rule | meaning | proven by |\n|---|---|---|\n")
        for rule in (f"{prefix}-{number:02}" for number in range(1, count + 1)):
            if out := left_out.get(rule):
                parts.append(f"| {rule} | {out['meaning']} | **out of scope**: {out['why']} |\n")
            else:
                parts.append(f"| {rule} | {meanings[rule]} | {_proof(proofs[rule])} |\n")
    total = sum(count for _, count in SEEDS.values())
    return (
        f"# The rules of the five products\n\n{MADE}{IDS}\n{total} rules; {total - len(left_out)} are proven by the "
        f"tests named here, {len(left_out)} are out of scope.\n" + "".join(parts)
    )


def _proof(tests: list[Shown]) -> str:
    """Links to the first tests of a rule."""
    links = [f"[{each.test.removeprefix('test_').replace('_', ' ')}](../tests/{each.module})" for each in tests]
    more = f" and {len(links) - FEW} more" if len(links) > FEW else ""
    return "; ".join(links[:FEW]) + more


PAGES = {
    "tables.md": tables,
    "codes.md": code_page,
    "reasons.md": reason_page,
    "profiles.md": profile_page,
    "words.md": word_page,
    "seed-rules.md": seed_page,
}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), "utf-8")
