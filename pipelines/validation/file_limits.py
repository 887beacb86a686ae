"""The file gate: what a profile allows of a whole file, before and after its rows are validated.

Lives here: format, size, encoding, delimiter, number of rows, share of rejected rows. Each check says nothing or raises
FileRefused with what was found and what is expected. Not here: faults of reading (`pipelines/reading/read_file.py`), of
the titles (`pipelines/mapping/map_columns.py`), of rows (`schemas/files.py`).
"""

from fractions import Fraction

import polars as pl

from pipelines.errors import FileRefused
from pipelines.models.sheet import ROW, Sheet
from pipelines.reading.containers.expanded_size import CellTooLong, ExpandsTooFar, check_container, check_text
from schemas.profiles import BREAKER_ROWS, Profile

TAB = "\t"
CONTAINERS = ("xlsx", "xlsb", "ods")
BYTES_OF_A_SIGN = 8
"""A sign has up to four bytes, and more where XML spells it by its number: what is not surely too long is read."""

LONGEST_SHOWN = 100
UTF8 = ("utf-8", "utf-8-sig")


def check_bytes(size: int, profile: Profile, language: str = "en") -> None:
    """Before reading: no format of the profile may be as large as this (AMB-31). Raises FILE_TOO_LARGE."""
    _check_size(size, max(profile.largest(kind) for kind in profile.formats), language)


def check_format(kind: str, size: int, profile: Profile, language: str = "en") -> None:
    """The format, by content, is one of the profile's, and the file not larger than its format may be, inclusive.

    Raises INVALID_FILE_FORMAT (RF-01, SC-16, AMB-28) or FILE_TOO_LARGE (RF-08…RF-10, AMB-31).
    """
    if kind not in profile.formats:
        raise wrong_format(kind, profile, language)
    _check_size(size, profile.largest(kind), language)


def wrong_format(kind: str, profile: Profile, language: str) -> FileRefused:
    """The refusal of a file in a format that its profile does not take."""
    return FileRefused("INVALID_FILE_FORMAT", language, found=kind, expected=", ".join(profile.formats))


def _check_size(size: int, allowed: int, language: str) -> None:
    if size > allowed:
        raise FileRefused("FILE_TOO_LARGE", language, found=size, expected=allowed)


def check_expanded(content: bytes, kind: str, profile: Profile, language: str = "en") -> None:
    """Before reading: what the file unpacks to, counted and not believed, and that no text of it is endless (PIT-19).

    Raises EXPANDS_TOO_FAR or CELL_TOO_LONG.
    """
    longest = profile.max_cell * BYTES_OF_A_SIGN
    try:
        if kind in CONTAINERS:
            check_container(content, profile.expanded(kind), longest)
        elif kind == "csv":
            check_text(content, longest)
    except ExpandsTooFar as found:
        raise FileRefused("EXPANDS_TOO_FAR", language, found=found.size, expected=profile.expanded(kind)) from found
    except CellTooLong as found:
        raise FileRefused("CELL_TOO_LONG", language, found=found.size, expected=profile.max_cell) from found


def check_cells(sheet: Sheet, profile: Profile, language: str = "en") -> None:
    """No cell and no title has more signs than the profile allows. Raises CELL_TOO_LONG with its row."""
    for title in sheet.titles:
        cells = sheet.rows[title]
        # Bytes first, which are known without looking; a text has no more signs than bytes.
        if (cells.str.len_bytes() > profile.max_cell).any():
            signs = cells.str.len_chars()
            worst = signs.arg_max()
            if worst is not None and signs[worst] > profile.max_cell:
                raise _too_long(int(signs[worst]), title, int(sheet.rows[ROW][worst]), profile, language)
    for row, cells in sheet.faulty.select(ROW, "cells").iter_rows():
        for cell in cells or []:
            if cell is not None and len(cell) > profile.max_cell:
                raise _too_long(len(cell), None, row, profile, language)
    for title in sheet.titles:
        if len(title) > profile.max_cell:
            # Events have no row of titles: the first row that has the key is named.
            row = sheet.dialect.header_row or int(sheet.rows.sort(pl.col(title) == "", maintain_order=True)[ROW][0])
            raise _too_long(len(title), None, row, profile, language)


def _too_long(found: int, title: str | None, row: int, profile: Profile, language: str) -> FileRefused:
    told = {} if title is None else {"header": title[:LONGEST_SHOWN]}
    return FileRefused("CELL_TOO_LONG", language, found=found, expected=profile.max_cell, row=row, **told)


def check_sheet(sheet: Sheet, profile: Profile, language: str = "en") -> None:
    """What was read is separated as the profile allows, or as we write reject files, and has no more rows than it may.

    Rows are counted that are not blank, before any is validated (AMB-31). Raises INVALID_FILE_FORMAT (UP-09) or
    TOO_MANY_ROWS (RF-07).
    """
    delimiter = sheet.dialect.delimiter
    # Reject files are written by us, and taken back whatever a profile's lists look like.
    if delimiter is not None and delimiter not in profile.delimiters and not sheet.is_reject_file:
        spelled = " ".join(profile.delimiters)
        raise FileRefused("INVALID_FILE_FORMAT", language, found=_spelled(delimiter), expected=f"csv: {spelled}")
    if profile.max_rows is not None and sheet.row_count > profile.max_rows:
        raise FileRefused("TOO_MANY_ROWS", language, found=sheet.row_count, expected=profile.max_rows)


def check_encoding(sheet: Sheet, profile: Profile, language: str = "en") -> None:
    """Text whose encoding was found out, not told, is in UTF-8 where the profile takes nothing else.

    Raises INVALID_FILE_FORMAT (RF-01, AMB-29).
    """
    encoding = sheet.dialect.encoding
    if profile.utf8_only and encoding is not None and encoding not in UTF8:
        raise FileRefused("INVALID_FILE_FORMAT", language, found=f"csv: {encoding}", expected="csv: utf-8")


def _spelled(delimiter: str) -> str:
    return "csv: TAB" if delimiter == TAB else f"csv: {delimiter}"


def check_rejects(row_count: int, rejected_count: int, profile: Profile, language: str = "en") -> None:
    """The rejected rows are not so many that the file itself must be wrong (AMB-34).

    Under the policy `abort` none may be; under `skip` no larger share than `max_reject_ratio`, from BREAKER_ROWS rows
    on. Raises REJECT_RATIO_EXCEEDED (SC-07).
    """
    aborts = profile.row_policy == "abort"
    allowed = 0.0 if aborts else profile.max_reject_ratio
    counts = aborts or row_count >= BREAKER_ROWS
    # As a float, 7 % of 100 rows is a little more than 7.
    if counts and rejected_count > Fraction(str(allowed)) * row_count:
        found = f"{rejected_count} / {row_count}"
        expected = f"{round(allowed * 100, 2):g} %"
        raise FileRefused("REJECT_RATIO_EXCEEDED", language, found=found, expected=expected)
