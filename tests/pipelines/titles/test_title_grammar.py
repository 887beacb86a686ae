"""What the words of a title say together, in eight languages: by rule, for titles that no list holds whole."""

import polars as pl
import pytest

from pipelines.mapping.map_columns import map_columns
from pipelines.titles.title_grammar import other_thing, senses_of
from schemas.profiles import PROFILES, Profile
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
    assert [note.code for note in mapping.warnings] == ["SEVERAL_COLUMNS"]


def test_a_reference_that_all_customers_share_is_none_of_theirs() -> None:
    rows = pl.DataFrame({"Account ID": ["200"] * 6, "Email": [f"c{place}@example.com" for place in range(6)]})
    mapping = map_columns(rows.columns, CUSTOMERS, rows=rows)
    assert "external_id" not in mapping.titles
    assert [note.code for note in mapping.warnings] == ["VALUES_CONTRADICT_TITLE"]


def test_a_typing_error_of_one_language_is_no_word_of_another() -> None:
    rows = pl.DataFrame({"Quantità": ["1", "2", "3"] * 3, "Importo": ["12.00", "3.10", "9.99"] * 3})
    assert map_columns(rows.columns, PAYMENTS, rows=rows).titles == {"amount": "Importo"}


def test_every_word_is_listed_once_a_language() -> None:
    listed = [(row["word"], row["language"]) for row in wordlist("title_words")]
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize(
    ("title", "field"),
    [
        *(("Personne - E-mail - Travail", "email"), ("Osoba - Telefon - Praca", "phone"), ("Work phone", "phone")),
        *(("Postanschrift (Ort)", "city"), ("Adresse de facturation - Code postal", "postal_code")),
        *(("Vorname (Rechnung)", "first_name"), ("E-mail (facturering)", "email"), ("Imię (płatnik)", "first_name")),
        *(("Address 1&2 (Billing)", "address"), ("Adres 1 i 2 (płatnik)", "address"), ("Provincia o estado", "region")),
        *(("Donor's Email", "email"), ("Donor’s First Name", "first_name"), ("Billing City (Locality)", "city")),
        *(("Buyer tax no", "vat_number"), ("N° TVA acheteur", "vat_number"), ("customers.vat_number", "vat_number")),
        *(("Date et heure", "payment_date"), ("Data e ora", "payment_date"), ("Datum und Uhrzeit", "payment_date")),
        *(("totalPriceWithVat", "amount"), ("Endpreis", "amount"), ("Order currency code", "currency")),
        *(("Płacący", "name"), ("Titular", "name"), ("Debiteur", "name")),
    ],
)
def test_words_around_a_title_may_stand_on_either_side_of_it(title: str, field: str) -> None:
    names = ["Ana Lopez", "Ben Roy", "Cleo Marsh"]
    rows = pl.DataFrame({title: names}) if field == "name" else None
    assert map_columns([title], PAYMENTS, rows=rows).titles == {field: title}


@pytest.mark.parametrize(
    "title", ["Customer tax", "TVA acheteur", "Buyer IP", "Adresse IP", "Ticket (2)", "Date limite"]
)
def test_words_around_a_title_make_nothing_of_another_thing(title: str) -> None:
    assert map_columns([title], PAYMENTS).titles == {}


@pytest.mark.parametrize(
    "title", ["Creation Date", "Created Datetime", "Submit Date/Time", "date_add", "Data utworzenia", "Erstellt am"]
)
def test_the_day_a_row_was_made_is_the_payments_only_where_no_other_is(title: str) -> None:
    days = ["2026-01-05", "2026-01-06", "2026-01-07"]
    alone = pl.DataFrame({title: days, "Amount": ["1.00", "2.00", "3.00"]})
    assert map_columns(alone.columns, PAYMENTS, rows=alone).titles["payment_date"] == title
    beside = alone.with_columns(pl.Series("Paid at", days))
    assert map_columns(beside.columns, PAYMENTS, rows=beside).titles["payment_date"] == "Paid at"
    assert "payment_date" not in map_columns([f"Customer {title}"], PAYMENTS).titles


@pytest.mark.parametrize("title", ["Last login", "Updated at", "Date de modification", "Data rejestracji", "Joined on"])
def test_the_day_a_row_was_changed_is_no_payments(title: str) -> None:
    rows = pl.DataFrame({title: ["2026-01-05", "2026-01-06", "2026-01-07"]})
    assert map_columns(rows.columns, PAYMENTS, rows=rows).titles == {}


@pytest.mark.parametrize(
    ("title", "values", "field"),
    [
        ("Total orders", ["3", "12", "4"], "payment_count"),
        ("Total orders", ["30.00", "12.50", "4.00"], "total_spent"),
        ("Orders total", ["30.00", "12.50", "4.00"], "total_spent"),
        ("Orders total amount", ["30", "12", "4"], "total_spent"),
        ("Lifetime spend", ["30.00", "12.50", "4.00"], "total_spent"),
    ],
)
def test_a_total_of_orders_is_money_where_it_has_fractions(title: str, values: list[str], field: str) -> None:
    assert map_columns([title], CUSTOMERS, rows=pl.DataFrame({title: values})).titles == {field: title}


def test_what_customers_pledged_is_not_what_they_spent() -> None:
    rows = pl.DataFrame({"Pledge amount": ["5.00", "10.00", "3.00"]})
    assert map_columns(rows.columns, CUSTOMERS, rows=rows).titles == {}
    assert map_columns(rows.columns, PAYMENTS, rows=rows).titles == {"amount": "Pledge amount"}


@pytest.mark.parametrize(
    ("title", "field"),
    [
        *(("Attendee #", None), ("N° de participant", None), ("Teilnehmernr.", None), ("Ticket holder ID", None)),
        *(("N° adhérent", "external_id"), ("Mitgliedsnummer", "external_id"), ("Buyer ID", "external_id")),
    ],
)
def test_the_number_of_a_ticket_is_nobodys_id(title: str, field: str | None) -> None:
    assert list(map_columns([title], PAYMENTS).titles) == ([field] if field else [])


@pytest.mark.parametrize(
    "title", ["Record ID", "Datensatz-ID", "ID de la fiche d'informations", "Identyfikator rekordu"]
)
def test_the_id_of_a_record_of_customers_is_theirs(title: str) -> None:
    assert list(map_columns([title], CUSTOMERS).titles) == ["external_id"]


@pytest.mark.rule("UP-31")
@pytest.mark.parametrize(
    "title", ["E-Mail-Adresse", "E-mailadres", "Correo electrónico", "Adres e-mail", "Endereço de e-mail"]
)
def test_where_a_profile_asks_for_a_contacts_address_the_clients_is_that(title: str) -> None:
    mapped = map_columns(["Nom", title], PROFILES["upflow"]).titles
    assert mapped == {"name": "Nom", "contact_email": title}


@pytest.mark.parametrize(
    ("title", "values"),
    [
        ("Person", ["2", "1", "3", "4", "2", "2"]),
        ("Osoby", ["2", "1", "3", "4", "2", "2"]),
        ("Spender", ["1", "0", "1", "1", "0", "0"]),
        ("Donated", ["12.50", "5.00", "7.25", "3.00", "1.00", "9.99"]),
        ("Final", ["12.50", "5.00", "7.25", "3.00", "1.00", "9.99"]),
        ("Fecha final", ["2026-01-05", "2026-01-06", "2026-01-07"]),
        ("Final status", ["paid", "paid", "pending"]),
    ],
)
def test_numbers_below_a_word_for_people_and_what_is_final_are_nothing_of_ours(title: str, values: list[str]) -> None:
    for profile in (PAYMENTS, CUSTOMERS):
        assert map_columns([title], profile, rows=pl.DataFrame({title: values})).titles == {}
