"""Totals that carry a customer's own address: known by their word and by arithmetic, and no payment of anybody."""

from decimal import Decimal

import pytest

from schemas.wordlists import wordlist
from tests.support.factories import codes_by_row, terms, validated

PAYMENTS = "Email,Name,Amount,Payment date,Item\n"
ANN = "ann@example.com,Ann Field,{},2025-01-1{},{}\n"
SAID = [line for line in wordlist("total_rows") if line["meaning"] in ("total", "total_only")]


def rejected(body: str, profile: str = "payments", titles: str = PAYMENTS) -> list[int]:
    """The rows that are rejected for being totals."""
    codes = codes_by_row(validated(titles + body, terms(profile)))
    return [row for row, found in codes.items() if "SUM_OF_OTHERS" in found]


@pytest.mark.parametrize("written", ["{} {}", "{1} {0}", "{}: {}", "{}", "{} (2026)"])
def test_a_total_below_its_customers_payments_is_none_in_any_language(written: str) -> None:
    body, totals, row = "", [], 1
    for number, line in enumerate(SAID):
        for word in (line["word"], line["word"].upper()):
            name, email = f"Client{number}", f"c{number}{word is line['word']}@example.com"
            said = written.format(word, name)
            body += f"{email},{name},{number + 100},2025-01-10,\n{email},{name},50,2025-01-11,\n"
            body += f"{email},{said},{number + 150},2025-01-11,\n"
            row += 3
            totals.append(row)
    assert rejected(body) == totals


def test_each_group_has_its_total_and_the_list_one_of_all() -> None:
    body = (
        "ann@example.com,Ann,100,2025-01-10,\nann@example.com,Total Ann,100,2025-01-10,\n"
        "bob@example.com,Bob,30,2025-01-10,\nbob@example.com,Bob,20,2025-01-11,\n"
        "bob@example.com,Total Bob,50,2025-01-11,\n"
        "us@shop.example.com,Total,150,2025-01-11,\n"
    )
    assert rejected(body) == [3, 6, 7]


def test_totals_may_stand_above_their_rows() -> None:
    body = (
        "us@shop.example.com,Grand total,180,2025-01-10,\nann@example.com,Ann Total,150,2025-01-10,\n"
        "ann@example.com,Ann,100,2025-01-10,\nann@example.com,Ann,50,2025-01-11,\n"
        "bob@example.com,Total Bob,30,2025-01-11,\nbob@example.com,Bob,30,2025-01-11,\n"
    )
    assert rejected(body) == [2, 3, 6]


def test_a_total_is_told_in_a_column_that_means_nothing_to_us_too() -> None:
    assert rejected(ANN.format(100, 0, "Book") + ANN.format(50, 1, "Pen") + ANN.format(150, 2, "Total")) == [4]


def test_totals_of_companies_add_up_several_addresses() -> None:
    titles = "Company,Email,Total spent\n"
    body = "Durand,a@example.com,100\nDurand,b@example.com,20\nSous-total client Durand,a@example.com,120\n"
    assert rejected(body, "default", titles) == [4]
    body = "Kowalski,a@example.com,100\nNowak,b@example.com,20\nNowak,c@example.com,5\nSuma: Nowak,b@example.com,25\n"
    assert rejected(body, "default", titles) == [5]


def test_what_nobody_is_called_is_a_total_though_it_does_not_add_up() -> None:
    assert rejected("ann@example.com,Ann,100,2025-01-10,\nann@example.com,Zwischensumme,99.98,2025-01-10,\n") == [3]


@pytest.mark.parametrize(
    "body",
    [
        # A company that is called so pays the same twice, or as much as the others before it.
        "t@example.com,Total SA,100,2025-01-10,\nt@example.com,Total SA,100,2025-02-10,\n",
        "ann@example.com,Ann,50,2025-01-10,\nt@example.com,Total,50,2025-01-10,\n",
        "ann@example.com,Ann,50,2025-01-10,\nbob@example.com,Bob,50,2025-01-10,\n"
        "w@example.com,Total Wine,100,2025-01-11,\n",
        # People who are.
        "a@example.com,Ann Summe,50,2025-01-10,\na@example.com,Ann Summe,50,2025-01-11,\n"
        "a@example.com,Ann Summe,100,2025-01-12,\n",
        "ann@example.com,Ann Field,50,2025-01-10,\nbob@example.com,Bob Suma,50,2025-01-10,\n",
        # What was sold, and how it was paid.
        ANN.format(50, 0, "Basic care") + ANN.format(50, 1, "Total care"),
        ANN.format(50, 0, "Deposit")
        + "bob@example.com,Bob,50,2025-01-12,Total\neve@example.com,Eve,7,2025-01-12,Total\n",
        # Words that only hold one.
        ANN.format(50, 0, "Summer") + ANN.format(50, 1, "Totally") + ANN.format(100, 2, "Consumer"),
    ],
)
def test_who_is_called_so_and_what_is_sold_so_stays(body: str) -> None:
    assert rejected(body) == []


def test_a_total_that_does_not_add_up_is_counted_and_told() -> None:
    body = "ann@example.com,Ann,100,2025-01-10,\nann@example.com,Total Ann,150,2025-01-11,\n"
    validation = validated(PAYMENTS + body, terms("payments"))
    assert validation.amount_accepted == Decimal(250)
    told = [note for note in validation.warnings if note.code == "MAYBE_TOTALS"]
    assert [note.parameters for note in told] == [{"found": 1, "value": "Total Ann", "row": 3}]


def test_the_reason_names_the_amount() -> None:
    body = "ann@example.com,Ann,100,2025-01-10,\nann@example.com,Total Ann,100,2025-01-11,\n"
    reasons = validated(PAYMENTS + body, terms("payments")).rejected["reasons"][0].to_list()
    assert [(reason["code"], reason["field"], reason["value"]) for reason in reasons] == [
        ("SUM_OF_OTHERS", "amount", "100")
    ]
