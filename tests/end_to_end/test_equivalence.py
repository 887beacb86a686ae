"""One list in every delimiter, encoding and format gives the same customers, priorities and rejected rows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import product
from pathlib import Path

import polars as pl
import pytest

from pipelines.configuration.settings import FileSource, Sources
from pipelines.home import Home
from tests.support.flow import commit_all, file_one, table
from tests.support.workbooks import ods, xls, xlsx

pytestmark = pytest.mark.slow

TITLES = (
    "Adresse e-mail",
    "Prénom",
    "Nom",
    "Ville",
    "Téléphone",
    "Total dépensé",
    "Nombre de paiements",
    "Premier paiement",
)
Row = tuple[str, str, str, str, str, float | None, int | None, date | None]

FRENCH: tuple[Row, ...] = (
    ("zoe.lefevre@exemple.fr", "Zoé", "Lefèvre", "Saint-Étienne", "+33 6 12 34 56 78", 1234.5, 3, date(2024, 1, 31)),
    ("noel@exemple.fr", "Noël", "Château", "Nîmes", "06 12 34 56 79", 12.0, 1, date(2024, 2, 29)),
    ("ines@exemple.fr", "Inès", "Müller", "Sète", "0033 6 12 34 56 80", 0.0, 0, date(2023, 12, 1)),
    ("francoise@exemple.fr", "Françoise", "Hébert", "Besançon", "(0)612345681", 99.99, 2, date(2026, 11, 1)),
    ("benoit@exemple.fr", "Benoît", "Lemaître", "Béziers", "12", 7.25, 1, date(2025, 5, 5)),
    ("helene@exemple.fr", "Hélène", "Forêt", "Évreux", "", 450.1, 4, date(2026, 9, 22)),
    ("gael@exemple.fr", "Gaël", "Garçon", "Alençon", "", None, None, None),
    (
        "jerome@exemple.fr",
        "Jérôme",
        "L'Hôpital; fils",
        "Châlons",
        "+33 6 12 34 56 82",
        1_000_000.0,
        1234,
        date(2020, 6, 30),
    ),
    ("zoe.lefevre@exemple.fr", "Zoé", "Lefèvre, née Brûlé", "Genève", "+33 6 12 34 56 78", 0.05, 1, date(2024, 3, 1)),
    ("", "Théo", "d'Été", "Mâcon", "+33 6 12 34 56 83", 5.0, 1, date(2024, 4, 1)),
    ("theo arobase exemple.fr", "Théo", "Été", "Mâcon", "+33 6 12 34 56 83", 5.0, 1, date(2024, 4, 1)),
    ("anais@exemple.fr", "", "", "Orléans", "+33 6 12 34 56 84", 5.0, 1, date(2024, 4, 1)),
    ("remi@exemple.fr", "Rémi", "Forgé", "Évian", "+33 6 12 34 56 85", -5.0, 1, date(2024, 4, 1)),
    ("lea@exemple.fr", "Léa", "Bénard", "Mériel", "+33 6 12 34 56 86", 5.0, 1, date(2027, 1, 1)),
)
POLISH: tuple[Row, ...] = (
    ("lukasz@example.pl", "Łukasz", "Żółć", "Łódź", "+48 22 123 45 67", 1234.5, 3, date(2024, 1, 31)),
    ("malgorzata@example.pl", "Małgorzata", "Wójcik", "Kraków", "+48 22 123 45 68", 12.0, 1, date(2024, 2, 29)),
    ("agnieszka@example.pl", "Agnieszka", "Śliwińska", "Gdańsk", "12", 99.99, 2, date(2026, 11, 1)),
    ("pawel@example.pl", "Paweł", "Dąbrowski", "Wrocław", "", None, None, None),
    ("jozef@example.pl", "Józef", "Więckowski, syn", "Poznań", "+48 22 123 45 69", 1_000_000.0, 9, date(2020, 6, 30)),
    ("grazyna@example.pl", "Grażyna", "Źrebiec", "Toruń", "+48 22 123 45 70", 0.05, 1, date(2024, 3, 1)),
    ("lukasz@example.pl", "Łukasz", "Żółć; ojciec", "Częstochowa", "", 7.25, 1, date(2024, 3, 2)),
    ("", "Michał", "Świątek", "Rzeszów", "+48 22 123 45 71", 5.0, 1, date(2024, 4, 1)),
    ("elzbieta@example.pl", "", "", "Bełchatów", "+48 22 123 45 72", 5.0, 1, date(2024, 4, 1)),
    ("zofia@example.pl", "Zofia", "Kąkol", "Świdnica", "+48 22 123 45 73", -5.0, 1, date(2024, 4, 1)),
)

SHARED = str.maketrans("èêïû", "ééëü")
"""Letters of French that Polish encodings do not have, for others that all have."""

DELIMITERS = (",", ";", "\t")
UNICODE = ("utf-8", "utf-8-sig", "utf-16")
WORKBOOKS: dict[str, Callable[[list[list[object]]], bytes]] = {"xlsx": xlsx, "xls": xls, "ods": ods}
OF_FRENCH = {
    6: ["INVALID_PHONE"],
    11: ["MISSING_EMAIL"],
    12: ["INVALID_EMAIL"],
    13: ["MISSING_NAME"],
    14: ["NEGATIVE_AMOUNT"],
    15: ["DATE_IN_FUTURE"],
}
OF_POLISH = {4: ["INVALID_PHONE"], 9: ["MISSING_EMAIL"], 10: ["MISSING_NAME"], 11: ["NEGATIVE_AMOUNT"]}


@dataclass(frozen=True)
class List:
    """A list, the country that it is of, the encodings that can write it, the codes of its rejected rows."""

    rows: tuple[Row, ...]
    country: str
    encodings: tuple[str, ...]
    rejects: dict[int, list[str]]


LISTS = {
    "French": List(FRENCH, "fr", ("utf-8", "cp1252", "iso-8859-15"), OF_FRENCH),
    "Polish": List(POLISH, "pl", ("utf-8", "cp1250", "iso-8859-2"), OF_POLISH),
    "letters of both": List(
        tuple(tuple(cell.translate(SHARED) if isinstance(cell, str) else cell for cell in row) for row in FRENCH),  # type: ignore[misc]  # each row keeps its length
        "fr",
        (*UNICODE, "cp1252", "iso-8859-15", "cp1250", "iso-8859-2"),
        OF_FRENCH,
    ),
}
VARYING = ("created_at", "updated_at", "first_import_id", "last_import_id")


def written(rows: tuple[Row, ...], delimiter: str, encoding: str) -> bytes:
    """The list as a program of the sender's country writes it: decimal comma, day first."""
    lines = [TITLES, *(tuple(map(_as_text, row)) for row in rows)]
    text = "\r\n".join(delimiter.join(_quoted(cell, delimiter) for cell in line) for line in lines)
    return f"{text}\r\n".encode(encoding)


def _as_text(cell: object) -> str:
    if isinstance(cell, float):
        return f"{cell:,.2f}".replace(",", " ").replace(".", ",")
    return cell.strftime("%d/%m/%Y") if isinstance(cell, date) else "" if cell is None else str(cell)


def _quoted(cell: str, delimiter: str) -> str:
    return f'"{cell}"' if delimiter in cell else cell


def forms(told: List) -> Iterator[tuple[str, bytes]]:
    """Every form of a list, with a name that says which."""
    for delimiter, encoding in product(DELIMITERS, told.encodings):
        yield f"list {DELIMITERS.index(delimiter)} {encoding}.csv", written(told.rows, delimiter, encoding)
    for kind, made in WORKBOOKS.items():
        yield f"list.{kind}", made([list(TITLES), *(list(row) for row in told.rows)])


def imported(folder: Path, name: str, content: bytes, country: str) -> dict[str, object]:
    """The published tables and the codes of the rejected rows, without what differs from run to run."""
    root = folder / name.replace(" ", "_")
    root.mkdir()
    path = root / name
    path.write_bytes(content)
    home = Home(root / "home")
    home.root.mkdir()
    source = FileSource(locale=country, default_country=country.upper())
    commit_all(home, [file_one(home, path, "shop", Sources(sources={"shop": source}))])
    reasons = table(home, "rejected_rows").select(
        "row_number", pl.col("reasons").list.eval(pl.element().struct["code"])
    )
    return {
        "customers": table(home).drop(VARYING).sort("email").rows(named=True),
        "customer_priority": table(home, "customer_priority").sort("email").rows(named=True),
        "rejects": dict(reasons.sort("row_number").iter_rows()),
    }


@pytest.mark.rule("PIT-02", "PIT-03", "PIT-05")
@pytest.mark.parametrize("name", LISTS)
def test_one_list_in_every_delimiter_encoding_and_format_is_one_list(name: str, tmp_path: Path) -> None:
    told = LISTS[name]
    found = {form: imported(tmp_path, form, content, told.country) for form, content in forms(told)}
    first = next(iter(found.values()))
    assert first["rejects"] == told.rejects
    assert {form: each for form, each in found.items() if each != first} == {}
    assert len(found) == len(DELIMITERS) * len(told.encodings) + len(WORKBOOKS)
