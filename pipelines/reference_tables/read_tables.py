"""Reading reference tables: a file of a deployment's own, the column that holds what is known, its values and keys.

Lives here: which column of which table is meant, what its values are compared by. Not here: the reader
(`pipelines/reading/read_file.py`), where tables lie (`pipelines/configuration/look_ups.py`), what an unknown value
costs (`look_up.py`).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from pipelines.configuration.settings import FileSource
from pipelines.errors import FileRefused, TableEmpty, WrongUse
from pipelines.models.parsed_column import cleaned
from pipelines.models.reference_table import ReferenceTable, ReferenceTables
from pipelines.models.sheet import Limits, Sheet
from pipelines.parsing.emails import parse_emails
from pipelines.parsing.identifiers import parse_identifiers
from pipelines.reading.read_file import read_file
from pipelines.titles.known_titles import meanings_of

MEANT: Mapping[str, tuple[str, ...]] = {
    "account_managers": ("account_manager", "email", "contact_email"),
    "dunning_plans": ("dunning_plan", "name"),
    "groups": ("groups", "name"),
    "invoice_references": ("external_id",),
}
"""The fields that the title of a table's column may mean, the likeliest first."""

MOST_FAULTY = 5


def read_tables(source: FileSource) -> ReferenceTables:
    """Every reference table that a source names. Raises WrongUse for one that cannot be used."""
    return {key: read_table(key, path) for key, path in source.tables.items()}


def read_table(key: str, path: Path) -> ReferenceTable:
    """A reference table: CSV or workbook, titles in the first row, one value per row; blank cells count for nothing.

    Args:
        key: its key in `sources.yaml`, which says what its values are.
        path: where it lies.

    Returns:
        The values with what they are compared by: managers by the key of their address as customers are, everything
        else by its spelling (UP-27, UP-28, UP-22).

    Raises:
        TableEmpty: it holds nothing. WrongUse: it is not there, not readable, without a column that is plainly the one
        meant, or names a manager by something that is no address. An import would take everybody for unknown.
    """
    sheet = _sheet(key, path)
    title = _title(key, path, sheet.titles)
    text = cleaned(sheet.rows[title])
    if text.null_count() == len(text):
        raise TableEmpty(f"{key}: {path} holds nothing in its column {title!r}; fill it in, or take the key out")
    if key == "account_managers":
        values, keys = _addresses(path, text.drop_nulls())
    elif key == "invoice_references":
        values = parse_identifiers(text, sheet.typed.get(title)).values.drop_nulls()
        keys = spelled(values)
    else:
        values = text.drop_nulls()
        keys = spelled(values)
    return ReferenceTable(path, title, values, keys)


def spelled(text: pl.Series) -> pl.Series:
    """What spellings are compared by: as written, composed accents or not, for nobody sees which (PIT-46)."""
    return text.str.normalize("NFC")


def _sheet(key: str, path: Path) -> Sheet:
    try:
        return read_file(path.read_bytes(), limits=Limits(header_first=True))
    except OSError as error:
        raise WrongUse(f"{key}: {path} cannot be read: {error.strerror or error}; mend the path or the file") from error
    except FileRefused as refusal:
        kind = TableEmpty if refusal.reason.code == "EMPTY_FILE" else WrongUse
        raise kind(f"{key}: {path} cannot be read. {refusal.reason.message}") from refusal


def _title(key: str, path: Path, titles: Sequence[str]) -> str:
    """The column meant: the only one there is, else the one whose title says so."""
    if len(titles) == 1:
        return titles[0]
    said = {title: {meaning.field for meaning in meanings_of(title, "customer", {})} for title in titles}
    for field in MEANT[key]:
        found = [title for title, fields in said.items() if field in fields]
        if len(found) == 1:
            return found[0]
    raise WrongUse(
        f"{key}: {path} has the columns {', '.join(titles)}, and not just one of them says that it is meant; "
        f"call the column {MEANT[key][0]}"
    )


def _addresses(path: Path, text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The managers' addresses and their keys."""
    parsed, keys = parse_emails(text)
    wrong = text.filter(keys.is_null())
    if len(wrong):
        shown = ", ".join(wrong.head(MOST_FAULTY))
        raise WrongUse(
            f"account_managers: {path} names managers by something that is no e-mail address: {shown}; correct it"
        )
    return parsed.values, keys
