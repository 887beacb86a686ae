"""Which way money goes: columns that say it in eight languages, and columns that only seem to (PIT-102)."""

from decimal import Decimal

import pytest

from pipelines.errors import FileRefused
from pipelines.mapping.map_columns import map_columns
from pipelines.parsing.words.payment_directions import IN, NOT_YET, OTHER, OUT, are_directions, parse_directions
from pipelines.parsing.words.word_senses import folded, sense_of
from pipelines.reading.read_file import read_file
from pipelines.validation.validate import ValidationResult, validate
from schemas.codes import LANGUAGES, message
from schemas.wordlists import proposed, wordlist
from tests.support.factories import codes_by_row, terms, texts

ON = terms("payments")


def verdict(
    titles: str, *rows: str, mapping: dict[str, str] | None = None, ignore: tuple[str, ...] = ()
) -> ValidationResult:
    """The verdict on payments of one customer, a day each, as an import maps and validates them."""
    lines = [f"email,date,{titles}", *(f"a@x.fr,2024-05-{day:02},{row}" for day, row in enumerate(rows, 1))]
    sheet = read_file("\n".join(lines).encode(), "en")
    return validate(sheet, map_columns(sheet.titles, ON.profile, mapping, ignore, "en", sheet.rows), ON)


def sums(found: ValidationResult) -> tuple[Decimal, int, Decimal]:
    """Spent, payments, refunded."""
    spent, count, refunds = found.accepted.select("total_spent", "payment_count", "refund_volume").sum().row(0)
    return spent, count, refunds


@pytest.mark.rule("PIT-102")
@pytest.mark.parametrize(
    ("title", "came", "back"),
    [
        ("Type", "Sale", "Refund"),
        ("Transaction Type", "payment", "REFUND"),
        ("Kind", "purchase", "chargeback"),
        ("type", "charge", "payment_refund"),
        ("Type de transaction", "Vente", "Remboursement"),
        ("Type", "Paiement", "Avoir"),
        ("Transaktionstyp", "Verkauf", "Rückerstattung"),
        ("Typ", "Zahlung", "Storno"),
        ("S/H", "H", "S"),
        ("Soll/Haben", "Haben", "Soll"),
        ("Soll-/Haben-Kennzeichen", "H", "S"),
        ("Richtung", "Eingang", "Ausgang"),
        ("Rodzaj transakcji", "Sprzedaż", "Zwrot"),
        ("Wn/Ma", "Ma", "Wn"),
        ("Tipo", "Venta", "Devolución"),
        ("Debe/Haber", "Haber", "Debe"),
        ("Cargo/Abono", "Abono", "Cargo"),
        ("Tipo operazione", "Vendita", "Rimborso"),
        ("Dare/Avere", "Avere", "Dare"),
        ("Soort", "Betaling", "Terugbetaling"),
        ("Af Bij", "Bij", "Af"),
        ("Tipo de transação", "Venda", "Estorno"),
        ("Débito/Crédito", "Crédito", "Débito"),
        ("Debit/Credit", "Credit", "Debit"),
        ("Dr/Cr", "CR", "DR"),
        ("D/C", "C", "D"),
        ("Credit Debit Indicator", "CRDT", "DBIT"),
        ("Direction", "IN", "OUT"),
        ("Sign", "+", "-"),
        ("Direction", "Incoming", "Outgoing"),
    ],
)
def test_money_that_goes_back_is_a_refund_in_every_language(title: str, came: str, back: str) -> None:
    found = verdict(f"amount,{title}", f"100,{came}", f"30,{back}", f"50,{came}")
    assert (codes_by_row(found), sums(found)) == ({}, (150, 2, 30))


def test_refunds_may_be_negative_too() -> None:
    assert sums(verdict("amount,Type", "100,Sale", "-30,Refund", "5,Refund")) == (100, 1, 35)


def test_an_authorization_is_no_payment_its_capture_is() -> None:
    found = verdict("amount,kind", "60,authorization", "60,capture", "9,void", "8,sale")
    assert (sums(found)[:2], found.accepted.height) == ((68, 2), 4)


def test_an_invoice_beside_its_payments_is_no_payment() -> None:
    assert sums(verdict("amount,Transaction type", "60,Invoice", "60,Payment", "5,Credit memo")) == (60, 1, 5)
    assert sums(verdict("amount,Transaction type", "60,Invoice", "5,Credit note")) == (60, 1, 5)


def test_payouts_and_fees_are_nobodys_payments_and_no_rejects() -> None:
    found = verdict("amount,Type", "60,charge", "-2,stripe_fee", "-58,payout", "-3,Transfer", "40,charge")
    assert (sums(found)[:2], found.set_aside, found.accepted.height) == ((100, 2), 3, 2)
    assert [note.code for note in found.warnings] == ["NO_CUSTOMERS_PAYMENT"]


def test_a_column_of_nothing_but_fees_is_what_customers_pay() -> None:
    assert sums(verdict("amount,Type", "60,Fee", "40,Fee"))[:2] == (100, 2)


def test_an_unknown_word_rejects_its_row_and_the_message_lists_what_is_accepted() -> None:
    found = verdict("amount,Type", *["10,Sale"] * 8, "5,Refund", "7,adjustment")
    assert codes_by_row(found) == {11: ["UNKNOWN_DIRECTION"]}
    assert "sale, refund, chargeback" in found.rejected["reasons"][0][0]["message"]


def test_a_blank_direction_leaves_the_word_to_the_sign() -> None:
    assert sums(verdict("amount,Type", "100,Sale", "-30,", "20,", "5,Refund")) == (120, 2, 35)


def test_a_negative_sale_is_a_refund_and_told() -> None:
    found = verdict("amount,Type", "100,Sale", "-30,Sale", "5,Refund")
    assert sums(found) == (100, 1, 35)
    assert [note.code for note in found.warnings] == ["AMOUNT_AGAINST_DIRECTION"]


@pytest.mark.rule("PIT-102")
@pytest.mark.parametrize(
    ("title", "cells"),
    [
        ("Comment code", ["sale", "refund", "sale"]),
        ("Flow", ["IN", "OUT", "IN"]),
        ("XY", ["H", "S", "H"]),
        ("Column 7", ["Ma", "Wn", "Ma"]),
        ("Type", ["Credit", "Debit", "Credit"]),
        ("Vorfall", ["Zahlung", "Rückerstattung", "Zahlung"]),
        ("Category", ["Subscription", "Web design", "Refund"]),
        ("Nature", ["Forfait", "Forfait", "Remboursement"]),
        ("Step", ["authorization", "capture", "capture"]),
        ("Payment method", ["card", "cash", "refund"]),
    ],
)
def test_a_column_that_seems_to_say_it_stops_the_file_until_it_is_mapped_or_ignored(
    title: str, cells: list[str]
) -> None:
    rows = [f"10,{cell}" for cell in cells]
    with pytest.raises(FileRefused) as refused:
        verdict(f"amount,{title}", *rows)
    assert refused.value.reason.code == "DIRECTION_UNDECIDED"
    assert title in str(refused.value)
    assert sums(verdict(f"amount,{title}", *rows, ignore=(title,)))[0] == 30
    assert sums(verdict(f"amount,{title}", *rows, mapping={title: "direction"}))[0] < 30


@pytest.mark.parametrize(
    ("title", "cells"),
    [
        ("Payment method", ["debit", "credit", "credit"]),
        ("Card type", ["Debit", "Credit", "Prepaid"]),
        ("Funding", ["credit", "debit", "debit"]),
        ("Zahlungsart", ["Kredit", "Debit", "Überweisung"]),
        ("Moyen de paiement", ["Crédit", "Débit", "Virement"]),
        ("Sposób płatności", ["Karta", "Przelew", "BLIK"]),
        ("Type", ["B2B", "private", "B2B"]),
        ("Type", ["transfer", "card", "transfer"]),
        ("Type", ["sale", "sale", "sale"]),
        ("Category", ["sale", "clearance", "new"]),
        ("Size", ["S", "M", "L"]),
        ("Size", ["S", "S", "XS"]),
        ("Grade", ["A", "C", "B"]),
        ("Note", ["asked for a refund", "sale of the day", ""]),
        ("Plan", ["Basic", "Pro", "Order"]),
        ("Kind", ["Membership", "Fee", "Fee"]),
        ("Language", ["ma", "bij", "in"]),
    ],
)
def test_columns_that_say_something_else_do_no_harm(title: str, cells: list[str]) -> None:
    found = verdict(f"amount,{title}", *(f"10,{cell}" for cell in cells))
    assert (codes_by_row(found), sums(found)[:2]) == ({}, (30, 3))


def test_a_column_that_agrees_with_the_signs_needs_no_word_of_anybody() -> None:
    assert sums(verdict("amount,Flow", "10,IN", "-4,OUT", "20,IN")) == (30, 2, 4)


def test_a_note_of_many_kinds_is_no_column_of_kinds() -> None:
    notes = [f"10,note {number}" for number in range(9)]
    assert sums(verdict("amount,Remark", *notes, "10,Refund"))[0] == 100


def test_a_payment_that_does_not_count_is_no_stake() -> None:
    assert sums(verdict("amount,status,Step", "10,paid,capture", "10,failed,authorization"))[:2] == (10, 1)


def test_of_both_sides_the_one_that_is_no_shop_is_the_customer() -> None:
    text = (
        "Date,Name,Type,Status,Gross,From Email Address,To Email Address\n"
        "2025-03-21,Lena,Website Payment,Completed,100.00,lena@example.com,shop@example.org\n"
        "2025-03-22,Lena,Payment Refund,Completed,-40.00,shop@example.org,lena@example.com\n"
        "2025-03-23,,General Currency Conversion,Completed,-77.10,,\n"
        "2025-03-24,Bank,General Withdrawal - Bank Account,Completed,-100.00,shop@example.org,\n"
        "2025-03-25,Host,PreApproved Payment Bill User Payment,Completed,-20.00,shop@example.org,host@example.net\n"
        "2025-03-26,Pia,Website Payment,Pending,55.00,pia@example.com,shop@example.org\n"
    )
    sheet = read_file(text.encode(), "en")
    found = validate(sheet, map_columns(sheet.titles, ON.profile, rows=sheet.rows), terms("payments"))
    assert (sums(found), found.set_aside, codes_by_row(found)) == ((100, 1, 40), 3, {})
    assert found.accepted["email"].to_list() == ["lena@example.com", "lena@example.com", "pia@example.com"]


def test_customers_who_got_back_more_than_they_paid_are_named() -> None:
    found = verdict("amount", "10", "-40")
    assert [note.code for note in found.warnings] == ["REFUNDS_EXCEED_PAYMENTS"]
    assert "a@x.fr" in found.warnings[0].texts


@pytest.mark.parametrize("language", ["en", "fr", "de", "pl", "es", "it", "nl", "pt"])
def test_every_language_has_words_for_every_direction(language: str) -> None:
    found = {line["meaning"] for line in wordlist("payment_directions") if line["language"] == language}
    assert found == {IN, OUT, NOT_YET, OTHER}


def test_a_word_has_one_meaning_in_the_same_company() -> None:
    lines = wordlist("payment_directions")
    assert len({(folded(line["word"]), line["beside"]) for line in lines}) == len(lines)
    for line in lines:
        near = {folded(word) for word in line["beside"].split("|")[:1]}
        sense = sense_of(folded(line["word"]), "payment_directions", near)
        assert sense and sense.meaning == line["meaning"], line


@pytest.mark.rule("PIT-102")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_that_our_messages_propose_is_accepted(language: str) -> None:
    sentence = message("UNKNOWN_DIRECTION", language, expected=proposed("payment_directions", language))
    words = sentence.rpartition(": ")[2].rstrip(".").split(", ")
    assert len(words) >= 4
    assert parse_directions(texts(*words)).faults.null_count() == len(words)


@pytest.mark.parametrize("words", [("S", "R"), ("V", "R"), ("P", "R")])
def test_letters_mean_something_as_pairs_only(words: tuple[str, str]) -> None:
    assert parse_directions(texts(*words)).values.to_list() == [IN, OUT]
    assert parse_directions(texts("S", "X")).values.null_count() == 2


def test_a_title_that_names_the_pair_is_company_enough() -> None:
    assert parse_directions(texts("S", "S"), "S/H").values.to_list() == [OUT, OUT]
    assert parse_directions(texts("S", "S"), "Type").values.null_count() == 2


def test_fees_alone_and_cards_alone_are_no_directions() -> None:
    assert not are_directions(texts("Fee", "Fee"))
    assert not are_directions(texts("credit", "debit"))
    assert are_directions(texts("sale", "fee"))


@pytest.mark.parametrize(
    ("title", "came", "back"),
    [
        ("Vorgang", "Rechnung", "Gutschrift"),
        ("Belegart", "Rechnung", "Gutschrift"),
        ("Buchungsart", "Gutschrift", "Lastschrift"),
        ("Vorgang", "Kauf", "Gutschrift"),
        ("Tipo", "Factura", "Abono"),
        ("Clase de documento", "Venta", "Abono"),
        ("Tipo documento", "Fattura", "Nota di accredito"),
        ("Document", "Invoice", "Credit"),
    ],
)
def test_a_credit_note_never_counts_as_a_payment_in_silence(title: str, came: str, back: str) -> None:
    try:
        assert sums(verdict(f"amount,{title}", f"100,{came}", f"60,{back}")) in [(100, 1, 60), (60, 1, 100)]
    except FileRefused as refused:
        assert refused.reason.code == "DIRECTION_UNDECIDED"


@pytest.mark.parametrize(
    ("title", "cells"),
    [
        ("Type de carte", ["Crédit", "Débit"]),
        ("Tipo de tarjeta", ["Crédito", "Débito"]),
        ("Tipo carta", ["Credito", "Debito"]),
        ("Rodzaj karty", ["Kredyt", "Debet"]),
        ("Tipo de cartão", ["Crédito", "Débito"]),
        ("Kaarttype", ["Credit", "Debit"]),
        ("Kartentyp", ["Kredit", "Debit"]),
        ("Zahlungsart", ["Lastschrift", "Gutschrift"]),
        ("Zahlungsart", ["Rechnung", "Gutschrift"]),
        ("Type", ["One-way", "Return"]),
        ("Ticket type", ["Single", "Return"]),
        ("Trip", ["Round trip", "Return"]),
    ],
)
def test_cards_and_tickets_are_no_directions(title: str, cells: list[str]) -> None:
    assert sums(verdict(f"amount,{title}", *(f"10,{cell}" for cell in cells)))[:2] == (20, 2)


@pytest.mark.parametrize("titles", ["Paid in,Paid out", "Money in,Money out"])
def test_of_two_columns_for_both_ways_neither_is_taken_for_all(titles: str) -> None:
    with pytest.raises(FileRefused):
        verdict(titles, "100,0", "60,0", "0,30")
