"""Columns of yes and no, or of days, that say that a payment went back or never counted (PIT-102)."""

import pytest

from pipelines.errors import FileRefused
from pipelines.mapping.map_columns import map_columns
from pipelines.reading.read_file import read_file
from pipelines.validation.validate import ValidationResult, validate
from schemas.wordlists import wordlist
from tests.support.factories import codes_by_row, terms

ON = terms("payments")


def verdict(titles: str, *rows: str, ignore: tuple[str, ...] = ()) -> ValidationResult:
    """The verdict on payments of one customer, a day each."""
    lines = [f"email,date,{titles}", *(f"a@x.fr,2024-05-{day:02},{row}" for day, row in enumerate(rows, 1))]
    sheet = read_file("\n".join(lines).encode(), "en")
    return validate(sheet, map_columns(sheet.titles, ON.profile, None, ignore, "en", sheet.rows), ON)


@pytest.mark.matrix(5)
@pytest.mark.rule("PIT-102")
@pytest.mark.parametrize(
    ("title", "counts", "not_counted"),
    [
        ("Refunded", "no", "yes"),
        ("Refunded", "0", "1"),
        ("Refund?", "N", "Y"),
        ("Is refund", "false", "TRUE"),
        ("is_return", "N", "Y"),
        ("Cancelled", "", "x"),
        ("Order canceled", "No", "Yes"),
        ("Voided", "no", "yes"),
        ("Test", "no", "yes"),
        ("Livemode", "true", "false"),
        ("Cancelled at", "", "2024-05-06"),
        ("Refunded at", "", "2024-05-06 10:00:00"),
        ("refunded_at", "0000-00-00", "2024-05-06"),
        ("Date refunded", "", "06/05/2024"),
        ("Remboursé", "non", "oui"),
        ("Annulée le", "", "06/05/2024"),
        ("Storniert", "nein", "ja"),
        ("Storniert am", "", "06.05.2024"),
        ("Rückerstattet", "Nein", "Ja"),
        ("Czy zwrot", "nie", "tak"),
        ("Anulowano", "nie", "tak"),
        ("Reembolsado", "no", "sí"),
        ("Rimborsato", "no", "sì"),
        ("Annullato il", "", "06/05/2024"),
        ("Terugbetaald", "nee", "ja"),
        ("Geannuleerd op", "", "06-05-2024"),
        ("Estornado", "não", "sim"),
    ],
)
def test_a_flag_that_nobody_mapped_stops_the_file_where_a_row_would_count_whole(
    title: str, counts: str, not_counted: str
) -> None:
    with pytest.raises(FileRefused) as refused:
        verdict(f"amount,{title}", f"100,{counts}", f"60,{not_counted}")
    assert (refused.value.reason.code, title in str(refused.value)) == ("FLAG_UNDECIDED", True)
    assert verdict(f"amount,{title}", f"100,{counts}", f"60,{not_counted}", ignore=(title,)).amount_accepted == 160
    agreed = verdict(f"amount,{title}", f"100,{counts}", f"60,{counts}")
    assert (agreed.amount_accepted, codes_by_row(agreed)) == (160, {})


@pytest.mark.parametrize(
    ("titles", "rows"),
    [
        ("amount,Refunded,Status", ["100,no,paid", "60,yes,refunded"]),
        ("amount,Cancelled at,Status", ["100,,paid", "60,2024-05-06,cancelled"]),
        ("amount,Refunded at,Refunded amount", ["100,,0", "60,2024-05-06,20"]),
        ("amount,Refunded", ["100,0.00", "60,20.00"]),
        ("amount,Return date", ["100,2024-06-01", "60,2024-06-02"]),
        ("amount,Test", ["100,A", "60,B"]),
        ("amount,Cancelled by", ["100,yes", "60,no"]),
        ("amount,Refundable", ["100,yes", "60,no"]),
        ("amount,Return customer", ["100,yes", "60,no"]),
        ("amount,Refunded", ["100,", "60,"]),
    ],
)
def test_a_flag_that_agrees_or_says_something_else_is_no_reason(titles: str, rows: list[str]) -> None:
    assert codes_by_row(verdict(titles, *rows)) == {}


@pytest.mark.parametrize("language", ["en", "fr", "de", "pl", "es", "it", "nl", "pt"])
def test_every_language_has_words_of_every_meaning(language: str) -> None:
    found = {line["meaning"] for line in wordlist("payment_flags") if line["language"] == language}
    assert found == {"counted", "not_counted", "not_counted_if_yes", "beside"}
