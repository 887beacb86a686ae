"""Finding a customer by whatever somebody knows of them."""

from pathlib import Path

import pytest

from pipelines.configuration.sources_file import read_sources
from pipelines.errors import WrongUse
from pipelines.home import Home
from pipelines.lineage.known_now import customer_of
from tests.support.flow import first_import, import_text, table

LIST = """\
email,name,phone,mobile,external_id,country
ana@example.com,Ana Lima,+33 1 42 68 53 00,06 12 34 56 78,C-17,FR
Bob@Example.com,Bob Stone,+48 22 123 45 67,,C-18,PL
josé@bücher.example,José Ruiz,+1 202 555 0123,,c-17b,US
dan@example.com,Dan Fox,01 42 68 53 00,,,FR
"""


def imported(home: Home) -> dict[str, str]:
    """The ids of the list's customers by first name."""
    first_import(home, LIST)
    return {row["name"].split()[0]: row["customer_id"] for row in table(home).to_dicts()}


@pytest.mark.rule("RF-23")
@pytest.mark.parametrize(
    ("who", "name"),
    [
        ("ana@example.com", "Ana"),
        ("  ANA@EXAMPLE.COM ", "Ana"),
        ("Ana Lima <ana@example.com>", "Ana"),
        ("mailto:ana@example.com", "Ana"),
        ("ａｎａ@example.com", "Ana"),
        ("bob@example.com", "Bob"),
        ("JOSÉ@xn--bcher-kva.example", "José"),
        ("jose\u0301@bücher.example", "José"),
        ("0612345678", "Ana"),
        ("06 12 34 56 78", "Ana"),
        ("+33 (0)6.12.34.56.78", "Ana"),
        ("0033 6 12 34 56 78", "Ana"),
        ("33612345678", "Ana"),
        ("Tel. 06-12-34-56-78", "Ana"),
        ("22 123 45 67", "Bob"),
        ("(202) 555-0123", "José"),
        ("1-202-555-0123", "José"),
        ("C-17", "Ana"),
        ("c-18", "Bob"),
        ("C-17B", "José"),
    ],
)
def test_a_customer_is_found_by_any_spelling_of_what_is_known_of_them(home: Home, who: str, name: str) -> None:
    ids = imported(home)
    assert customer_of(home, who).customer_id == ids[name]


def test_an_id_is_found_however_it_is_written(home: Home) -> None:
    identity = imported(home)["Bob"]
    for who in (identity, identity.upper(), identity.replace("-", ""), f" {{{identity}}} "):
        assert customer_of(home, who) == (identity, "Bob@Example.com")


def test_what_several_have_is_never_one_of_them(home: Home) -> None:
    ids = imported(home)
    with pytest.raises(WrongUse, match="2 customers") as told:
        customer_of(home, "01 42 68 53 00")
    assert ids["Ana"] in str(told.value)
    assert "dan@example.com, Dan Fox" in str(told.value)


@pytest.mark.parametrize(
    "who", ["", " ", "nobody@example.com", "0612345679", "612345678 or so", "C-1", "ana", "%", "-"]
)
def test_whoever_is_not_there_is_told_what_to_name(home: Home, who: str) -> None:
    imported(home)
    with pytest.raises(WrongUse, match="name a customer_id or an e-mail address"):
        customer_of(home, who)


def test_nothing_is_found_before_the_first_import(home: Home) -> None:
    with pytest.raises(WrongUse, match="import a file first"):
        customer_of(home, "ana@example.com")
    assert not home.working.exists()


def test_what_a_newer_row_took_the_place_of_still_finds_who_had_it(home: Home) -> None:
    imported(home)
    import_text(home, "email,name,phone\nana@example.com,Ana Lima,+33 1 99 00 11 22\n", name="later.csv")
    assert customer_of(home, "+33 1 99 00 11 22").called == "ana@example.com"
    with pytest.raises(WrongUse, match="2 customers"):
        customer_of(home, "+33 1 42 68 53 00")


def test_the_address_of_the_table_goes_before_one_of_a_contact(home: Home, tmp_path: Path) -> None:
    (tmp_path / "sources.yaml").write_text("sources: {clients: {kind: file, profile: upflow}}", "utf-8")
    clients = "External ID,Company Name,Contact Email,Contact Last Name,Contact Phone\n"
    clients += "K1,Lima SA,dan@example.com,Fox,+33 1 55 00 11 22\nK2,Stone Ltd,eve@example.com,Ash,\n"
    imported(home)
    import_text(home, clients, "clients", "clients.csv", sources=read_sources(tmp_path / "sources.yaml"))
    assert customer_of(home, "DAN@example.com").called == "dan@example.com"
    stone = customer_of(home, "Eve@example.com")
    assert customer_of(home, "K2") == stone
    assert customer_of(home, "01 55 00 11 22") == customer_of(home, "K1")
