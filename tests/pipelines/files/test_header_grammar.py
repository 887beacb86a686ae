"""What the words of a title say together, in eight languages: by rule, for titles that no list holds whole."""

import polars as pl
import pytest

from pipelines.files.header_grammar import other_thing, senses_of
from pipelines.files.headers import map_columns
from schemas.profiles import Profile
from schemas.wordlists import wordlist

PAYMENTS = Profile("any", "asks for no field", "payment", required=())
CUSTOMERS = Profile("any", "asks for no field", "customer", required=())


def fields(title: str, language: str | None = None) -> list[str]:
    return [sense.field for sense in senses_of(title, "payment", language)]


@pytest.mark.parametrize(
    ("title", "field"),
    [
        ("Total of the order", "amount"),
        ("Importo totale ordine", "amount"),
        ("Valor total da encomenda", "amount"),
        ("Montant total de la commande TTC", "amount"),
        ("Łączna wartość zamówienia", "amount"),
        ("Totaalbedrag bestelling", "amount"),
        ("Zahlungsbetrag brutto", "amount"),
        ("Importe total del pedido", "amount"),
        ("Bestelldatum", "payment_date"),
        ("Datum des Zahlungseingangs", "payment_date"),
        ("Data wpłaty", "payment_date"),
        ("Fecha de la compra", "payment_date"),
        ("Auftragsnummer", "payment_id"),
        ("Numer transakcji", "payment_id"),
        ("Codice ordine", "payment_id"),
        ("Stato del pagamento", "payment_status"),
        ("Betaalstatus", "payment_status"),
        ("Refund total", "refunded_amount"),
        ("Montant du remboursement", "refunded_amount"),
        ("Nummer des Kunden", "external_id"),
        ("customers.id", "external_id"),
    ],
)
def test_words_say_together_what_no_list_holds_whole(title: str, field: str) -> None:
    assert fields(title) == [field]


@pytest.mark.parametrize(
    "title",
    [
        *("Processing fee", "Frais de dossier", "Opłata transakcyjna", "Gebühr", "Transactiekosten", "Comisión"),
        *("Sales tax", "Montant TVA", "Kwota VAT", "MwSt-Betrag", "Importo IVA", "Btw-bedrag"),
        *("Net amount", "Montant HT", "Kwota netto", "Nettobetrag", "Importe neto", "Total sem IVA"),
        *("Quantità", "Quantité", "Ilość", "Menge", "Aantal artikelen", "Quantidade"),
        *("Shipping cost", "Frais de livraison", "Koszt dostawy", "Versandkosten", "Gastos de envío", "Verzendkosten"),
        *("Shipping total", "Delivery date", "Recipient name", "Due date", "Fälligkeitsdatum", "Data scadenza"),
        *("Numéro de la transaction de référence", "Codice transazione di riferimento", "Refund date", "Payout date"),
        *("Geburtsdatum", "Date de naissance", "Last modified", "Data rejestracji", "Payment method", "Zahlungsart"),
    ],
)
def test_other_things_are_told_from_money_and_days(title: str) -> None:
    assert not any(fields(title)) and map_columns([title], PAYMENTS).columns == ()


def test_a_title_in_which_a_word_is_unknown_says_nothing() -> None:
    assert senses_of("Total of the frobnication", "payment", "en") == ()


def test_languages_that_understand_a_title_differently_say_nothing() -> None:
    assert fields("Data", "pl") == ["payment_date"]
    assert other_thing("Kind", "de") == "child"
    assert other_thing("Kind", "en") == "transaction type"


@pytest.mark.parametrize(
    ("titles", "chosen"),
    [
        (("Order value", "Order total"), "Order total"),
        (("Total", "Amount paid"), "Amount paid"),
        (("Invoice date", "Payment date"), "Payment date"),
        (("Billed at", "Created at"), "Billed at"),
        (("Betrag", "Zahlbetrag brutto"), "Zahlbetrag brutto"),
        (("Date du versement", "Date du paiement"), "Date du paiement"),
        (("Nom adhérent", "Nom payeur"), "Nom payeur"),
        (("Member name", "Payer name"), "Payer name"),
    ],
)
def test_of_two_titles_the_one_that_is_closer_to_the_money_counts(titles: tuple[str, str], chosen: str) -> None:
    assert [column.title for column in map_columns(titles, PAYMENTS).columns] == [chosen]


def test_a_state_is_of_a_payment_or_of_a_country_as_its_values_say() -> None:
    for title in ("State", "État", "Estado"):
        paid = pl.DataFrame({title: ["paid", "refunded", "cancelled"] * 3})
        places = pl.DataFrame({title: ["Ohio", "Texas", "Utah"] * 3})
        assert map_columns([title], PAYMENTS, rows=paid).titles == {"payment_status": title}
        assert "payment_status" not in map_columns([title], PAYMENTS, rows=places).titles


def test_the_price_of_an_article_is_what_was_paid_only_where_nothing_else_is() -> None:
    ticket = pl.DataFrame({"Prix": ["12.50"] * 5, "Email": ["ana@example.com"] * 5})
    assert map_columns(ticket.columns, PAYMENTS, rows=ticket).titles["amount"] == "Prix"
    with_total = ticket.with_columns(pl.lit("25.00").alias("Total"))
    assert map_columns(with_total.columns, PAYMENTS, rows=with_total).titles["amount"] == "Total"
    with_pieces = ticket.with_columns(pl.lit("2").alias("Quantité"))
    assert "amount" not in map_columns(with_pieces.columns, PAYMENTS, rows=with_pieces).titles


def test_a_column_of_zeros_and_ones_is_no_money_whatever_its_title_says() -> None:
    for title in ("Paid", "Refunded?", "Payé", "Remboursé", "Bezahlt", "Zwrócono"):
        mapping = map_columns([title], PAYMENTS, rows=pl.DataFrame({title: ["0", "1", "1"]}))
        assert mapping.titles.keys() <= {"payment_status"}


def test_two_columns_that_say_the_same_are_one_and_the_fuller_one_counts() -> None:
    rows = pl.DataFrame({"Country": ["France", "", "Italy"], "Country Code": ["FR", "ES", "IT"]})
    mapping = map_columns(rows.columns, CUSTOMERS, rows=rows)
    assert mapping.titles == {"country": "Country Code"}
    assert [code for code, _ in mapping.warnings] == ["SEVERAL_COLUMNS"]


def test_a_reference_that_all_customers_share_is_none_of_theirs() -> None:
    rows = pl.DataFrame({"Account ID": ["200"] * 6, "Email": [f"c{place}@example.com" for place in range(6)]})
    mapping = map_columns(rows.columns, CUSTOMERS, rows=rows)
    assert "external_id" not in mapping.titles
    assert [code for code, _ in mapping.warnings] == ["VALUES_CONTRADICT_TITLE"]


def test_a_typing_error_of_one_language_is_no_word_of_another() -> None:
    rows = pl.DataFrame({"Quantità": ["1", "2", "3"] * 3, "Importo": ["12.00", "3.10", "9.99"] * 3})
    assert map_columns(rows.columns, PAYMENTS, rows=rows).titles == {"amount": "Importo"}


def test_every_word_is_listed_once_a_language() -> None:
    listed = [(row["word"], row["language"]) for row in wordlist("title_words")]
    assert len(listed) == len(set(listed))
