"""A reference table is read by its meaning, and one that cannot be used says so before anybody seems unknown."""

from pathlib import Path

import pytest

from pipelines.configuration.settings import FileSource
from pipelines.errors import TableEmpty, WrongUse
from pipelines.reference_tables.read_tables import read_table, read_tables
from tests.support.workbooks import xlsx


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "table.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.rule("UP-22", "UP-27", "UP-28")
@pytest.mark.parametrize(
    ("key", "text", "title", "keys"),
    [
        ("account_managers", "Email\nAna@Example.com\n", "Email", ["ana@example.com"]),
        (
            "account_managers",
            "Nom;Adresse mail;Rôle\nAna;Ana <ana@example.com>;x\n",
            "Adresse mail",
            ["ana@example.com"],
        ),
        ("account_managers", "Name,Account manager,E-mail\nA,ana@example.com,z@x.fr\n", None, ["ana@example.com"]),
        (
            "account_managers",
            "Members\nana@example.com\n\nbob@bücher.example\n",
            None,
            ["ana@example.com", "bob@xn--bcher-kva.example"],
        ),
        ("dunning_plans", "Plan de relance\nStandard\n VIP  clients \n", None, ["Standard", "VIP clients"]),
        ("dunning_plans", "Nom|Étapes\nStandard|3\n", "Nom", ["Standard"]),
        ("dunning_plans", "Plans\nRelance e\u0301te\u0301\n", None, ["Relance été"]),
        ("groups", "Nom du groupe;Référence\nAcme;1\n", "Nom du groupe", ["Acme"]),
        (
            "invoice_references",
            "Facture;Référence client;Montant\n1;007;5\n2;007;6\n3;8;1\n",
            "Référence client",
            ["007", "007", "8"],
        ),
    ],
)
def test_the_column_meant_is_found_and_its_values_keyed(
    tmp_path: Path, key: str, text: str, title: str | None, keys: list[str]
) -> None:
    table = read_table(key, written(tmp_path, text))
    assert table.keys.to_list() == keys
    assert title in (None, table.title)


def test_a_table_may_be_a_workbook_or_in_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "plans.xlsx"
    path.write_bytes(xlsx([["Plan de relance"], ["Relance été"]]))
    assert read_table("dunning_plans", path).keys.to_list() == ["Relance été"]
    old = written(tmp_path, "Plan de relance;Équipe\nRelance été;Créances\n", "cp1252")
    assert read_table("dunning_plans", old).keys.to_list() == ["Relance été"]


@pytest.mark.parametrize(
    ("key", "text", "told"),
    [
        ("account_managers", "Prénom;Nom\nAna;Roe\n", "columns Prénom, Nom.*call the column account_manager"),
        ("account_managers", "Email\nana(at)example.com\n", r"no e-mail address: ana\(at\)example.com"),
        ("account_managers", "ana@example.com\nbob@example.com\n", "cannot be read"),
        ("invoice_references", "Facture;Montant\n1;5\n", "call the column external_id"),
    ],
)
def test_a_table_that_cannot_be_understood_says_what_to_mend(tmp_path: Path, key: str, text: str, told: str) -> None:
    with pytest.raises(WrongUse, match=f"{key}: .*table.csv.*{told}"):
        read_table(key, written(tmp_path, text))


@pytest.mark.parametrize("text", ["", "Email\n", "Email\n\n \n", "Email;Nom\n;Ana\n"])
def test_a_table_that_holds_nothing_is_empty(tmp_path: Path, text: str) -> None:
    with pytest.raises(TableEmpty, match="account_managers: "):
        read_table("account_managers", written(tmp_path, text))


def test_a_table_that_is_not_there_is_named(tmp_path: Path) -> None:
    source = FileSource(dunning_plans=tmp_path / "plans.csv")
    with pytest.raises(WrongUse, match=r"dunning_plans: .*plans\.csv cannot be read: No such file"):
        read_tables(source)
    assert read_tables(FileSource()) == {}


def test_values_that_stand_twice_are_known(tmp_path: Path) -> None:
    assert read_table(
        "account_managers", written(tmp_path, "Email\nAna@x.fr\nbob@x.fr\nana@X.fr\n")
    ).repeated.to_list() == ["ana@X.fr"]
    assert read_table("dunning_plans", written(tmp_path, "Plan\nVIP\nvip\n")).repeated.to_list() == []
