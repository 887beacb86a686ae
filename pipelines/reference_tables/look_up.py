"""Looking up: what a column says, against what is known of it.

Lives here: which values are known, what the others cost. Not here: reading the tables (`read_tables.py`).
"""

from dataclasses import replace

import polars as pl

from pipelines.configuration.look_ups import KEPT, LOOKED_UP
from pipelines.models.context import Terms
from pipelines.models.parsed_column import Parsed, no_faults, when, without_blanks
from pipelines.models.reference_table import ReferenceTable
from pipelines.parsing.emails import parse_emails
from pipelines.reference_tables.read_tables import spelled
from schemas.sentences.note import Note

NOT_FOUND = {
    "account_manager": "ACCOUNT_MANAGER_NOT_FOUND",
    "dunning_plan": "DUNNING_PLAN_NOT_FOUND",
    "groups": "GROUP_NOT_FOUND",
}
"""The code of a value that its table does not know (UP-16, UP-17, AMB-36)."""

AFTER_AN_ADDRESS, BETWEEN_ADDRESSES = r"(@[^\s,;|/]+)\s+", r"[;|/]"


def look_up(field: str, text: pl.Series, parsed: Parsed, terms: Terms) -> Parsed:
    """A parsed column after its look-up: a value that its table does not know has a fault, or stays and is told.

    A source that names no table knows nothing better than what was written: it is kept as text, but for words that
    mean "no value". A cell may name several managers, each of whom must be known (UP-06); of several groups those
    that are known stay.
    """
    if field not in LOOKED_UP:
        return parsed
    written = _written(field, text, parsed.values)
    table = terms.tables.get(LOOKED_UP[field])
    if table is None:
        return replace(parsed, values=written, faults=no_faults(text))
    known = _known_cells(field, text, written, table)
    unknown = _lacks(written, known)
    kept = terms.source.on_unknown.of(field) in KEPT
    count = int(unknown.sum())
    note = Note("UNKNOWN_VALUES_KEPT", found=count, expected=text.filter(unknown).first())
    return replace(
        parsed,
        values=when(unknown, written, known) if kept else known,
        faults=no_faults(text) if kept else when(unknown, NOT_FOUND[field], None),
        notes=(*parsed.notes, *([note] if kept and count else [])),
    )


def costs_its_row(field: str, terms: Terms) -> bool:
    """Whether a value of this field that is not known costs more than itself (AMB-24)."""
    return field in LOOKED_UP and terms.source.on_unknown.of(field) == "reject_row"


def told_of_references(references: pl.Series, title: str | None, terms: Terms) -> tuple[Note, ...]:
    """The warning for references of clients that stand on no invoice (UP-22), in one line.

    `references`: those of the accepted rows, null where blank.
    """
    table = terms.tables.get("invoice_references")
    if table is None:
        return ()
    distinct = references.drop_nulls().unique(maintain_order=True)
    lacking = distinct.filter(table.known(spelled(distinct)).is_null())
    if lacking.is_empty():
        return ()
    return (Note("REFERENCE_NOT_ON_INVOICES", found=len(lacking), header=title, expected=lacking.first()),)


def _written(field: str, text: pl.Series, values: pl.Series) -> pl.Series:
    """The values; of managers and plans what stands there, whatever it looks like."""
    if field == "groups":
        return values
    told = without_blanks(text)
    return pl.select(pl.coalesce(values, told)).to_series() if field == "account_manager" else told


def _known_cells(field: str, text: pl.Series, written: pl.Series, table: ReferenceTable) -> pl.Series:
    """What the table knows of each cell; a plan may bear a name that elsewhere means "no value"."""
    match field:
        case "account_manager":
            return _known_managers(text, table)
        case "groups":
            return _known_groups(written, table)
        case _:
            return table.known(spelled(text))


def _lacks(written: pl.Series, known: pl.Series) -> pl.Series:
    """Where not all that was written is known."""
    if written.dtype == pl.List:
        return (known.list.len().fill_null(0) < written.list.len()).fill_null(False)
    return written.is_not_null() & known.is_null()


def _known_managers(text: pl.Series, table: ReferenceTable) -> pl.Series:
    """Each cell's managers, in the table's spelling, where all of them are known."""
    cells = text.drop_nulls().unique()
    parted = cells.str.replace_all(AFTER_AN_ADDRESS, "${1},").str.replace_all(BETWEEN_ADDRESSES, ",").str.split(",")
    named = pl.DataFrame({"cell": cells, "part": parted}).explode("part").with_columns(pl.col("part").str.strip_chars())
    filled = named.filter(pl.col("part") != "")
    known = filled.with_columns(table.known(parse_emails(filled["part"])[1]).alias("known"))
    whole = known.group_by("cell", maintain_order=True).agg(
        pl.col("known").str.join(", "), pl.col("known").is_null().any().alias("lacks")
    )
    found = whole.filter(~pl.col("lacks"))
    return text.replace_strict(found["cell"], found["known"], default=None, return_dtype=pl.String)


def _known_groups(values: pl.Series, table: ReferenceTable) -> pl.Series:
    """The groups of each row that the table knows."""
    # Composed or not, nobody sees the difference between two accents.
    known = values.list.eval(pl.element().filter(pl.element().str.normalize("NFC").is_in(table.keys.implode())))
    return when(known.list.len() > 0, known, None)
