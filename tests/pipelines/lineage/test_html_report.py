"""The page on one customer: every name on it is a word of its language, and what a sender wrote is text."""

import re
from datetime import UTC, datetime

import pytest

from pipelines.home import Home
from pipelines.lineage.html_report import HIDDEN, html_of
from pipelines.lineage.report import TABLES as SECTIONS
from pipelines.lineage.report import report_of
from pipelines.publishing.tables import TABLES, VIEWS
from schemas.base import columns_of
from schemas.codes import Language
from schemas.wordlists import wordlist
from tests.support.flow import first_import

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_every_column_that_the_page_may_show_has_its_name_in_each_language() -> None:
    shown = {re.search(r"snapshot\.main\.(\w+)", query)[1] for query in SECTIONS.values()} | {"customers"}  # type: ignore[index]
    columns = {column.name for name in shown for column in columns_of((TABLES | VIEWS)[name])} - set(HIDDEN)
    named = {line["column"]: line for line in wordlist("column_names")}
    assert columns <= named.keys()
    assert all(all(line.values()) for line in named.values())


LIST = """\
External ID;Client name;City;Group;Contact email;First name;Phone;Position;Main contact
C1;Acme;Lyon;Retail;ann@example.com;Ann;+33612345678;Accountant;1
"""
NAMES: dict[Language, tuple[str, ...]] = {
    "en": ("main contact", "Contacts: first name", "yes"),
    "fr": ("contact principal", "Contacts: prénom", "oui"),
    "pl": ("główny kontakt", "Kontakty: imię", "tak"),
}


@pytest.mark.rule("MO-03")
def test_fields_and_columns_are_called_as_the_reader_calls_them(home: Home) -> None:
    first_import(home, LIST, profile="upflow")
    report = report_of(home, "ann@example.com")
    for language, names in NAMES.items():
        page = html_of(report, language, NOW)
        assert [name for name in names if f">{name}" not in page] == []
        assert not re.search(r"<t[hd]>[a-z]+_[a-z]+", page), "no name of a column is left"
