"""Statuses of payments: the words of eight languages and of the usual tools, and what each means (PIT-103)."""

import re

import pytest

from pipelines.errors import FileRefused
from pipelines.language.spelling import normalise
from pipelines.mapping.map_columns import map_columns
from pipelines.parsing.words.enumerations import parse_positions
from pipelines.parsing.words.payment_statuses import (
    CANCELLED,
    CREDIT_NOTE,
    FAILED,
    OPEN,
    PAID,
    PARTLY_PAID,
    PARTLY_REFUNDED,
    PENDING,
    REFUNDED,
    parse_statuses,
)
from pipelines.reading.read_file import read_file
from schemas.codes import LANGUAGES, message
from schemas.wordlists import proposed, wordlist
from tests.support.factories import terms, texts, validated

MEANINGS = {PAID, PENDING, FAILED, CANCELLED, OPEN, REFUNDED, PARTLY_REFUNDED, PARTLY_PAID, CREDIT_NOTE}


def meaning(word: str, *titles: str) -> str | None:
    found: str | None = parse_statuses(texts(word), titles).values[0]
    return found


@pytest.mark.rule("PIT-103")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            "paid|SUCCEEDED|paid_out|confirmed|Settled|completed|Payé|Réglée|bezahlt|Opłacone|opłacona|Zrealizowane",
            PAID,
        ),
        ("Pagado|Cobrada|Pagato|Saldata|Betaald|Voldaan|Pago|Quitado|wc-completed|PAID-OUT|paidOut|disputed", PAID),
        ("draft|pending_submission|requires_payment_method|RequiresAction|on-hold|On Hold|En attente", PENDING),
        ("Brouillon|oczekująca|Oczekujące|Entwurf|Szkic|authorized|Pendente|in attesa|wachtend", PENDING),
        ("failed|customer_approval_denied|Échoué|fehlgeschlagen|nieudana|Rechazado|Mislukt|Falhado", FAILED),
        ("Canceled|charged_back|reversed|void|Annulée|Storniert|Anulowane|Annullato|Geannuleerd", CANCELLED),
        ("open|Overdue|unpaid|Overdue 12 days|Due in 5 days|AWAITING PAYMENT|Impayée|À payer|Offen|Überfällig", OPEN),
        ("Nieopłacone|Przeterminowana|Por cobrar|Da pagare|Openstaand|Não pago|en retard|AUTHORISED", OPEN),
        ("refunded|Remboursée|Erstattet|Zwrócone|zwrócona|Reembolsado|Rimborsata|Terugbetaald|Estornado", REFUNDED),
        ("partially_refunded|Partial refund|Partiellement remboursée|Teilweise erstattet", PARTLY_REFUNDED),
        ("Częściowo zwrócona|Parcialmente reembolsado|Rimborso parziale|Deels terugbetaald", PARTLY_REFUNDED),
        ("Partially paid|PARTIALLY_PAID|Partiellement payée|Teilbezahlt|Częściowo opłacona", PARTLY_PAID),
        ("Parcialmente pagado|Parzialmente pagata|Gedeeltelijk betaald|Parcialmente pago", PARTLY_PAID),
    ],
)
def test_a_status_is_read_in_eight_languages_whatever_its_case_accents_and_separators(
    words: str, expected: str
) -> None:
    assert {word: meaning(word) for word in words.split("|")} == dict.fromkeys(words.split("|"), expected)


@pytest.mark.parametrize("language", ["en", "fr", "de", "pl", "es", "it", "nl", "pt"])
def test_every_language_has_words_for_every_meaning(language: str) -> None:
    assert {line["meaning"] for line in wordlist("payment_statuses") if line["language"] == language} == MEANINGS


@pytest.mark.parametrize(
    ("paid", "owed", "back"),
    [
        ("Zaplaceno", "Nezaplaceno", "Vráceno"),
        ("Zaplatené", "Nezaplatené", "Vrátené"),
        ("Kifizetve", "Fizetetlen", "Visszatérítve"),
        ("Betald", "Obetald", "Återbetald"),
        ("Gennemført", "Ubetalt", "Refunderet"),
        ("Fullført", "Ikke betalt", "Refundert"),
        ("Maksettu", "Maksamatta", "Hyvitetty"),
        ("Plătit", "Neplătit", "Rambursat"),
    ],
)
def test_neighbours_languages_are_known_below_a_title_that_is_and_stop_the_file_below_one_that_is_not(
    paid: str, owed: str, back: str
) -> None:
    rows = "".join(f"c{at}@example.com,10,2025-01-10,{word}\n" for at, word in enumerate((paid, paid, owed, back)))
    validation = validated("Email,Amount,Payment date,Status\n" + rows, terms("payments"))
    sums = validation.accepted.select("total_spent", "refund_volume").sum().row(0)
    assert (validation.rejected_count, sums) == (0, (30, 10))
    with pytest.raises(FileRefused, match="STATUS_UNDECIDED"):
        validated("Email,Amount,Payment date,Xyzzy\n" + rows, terms("payments"))


def test_a_word_has_one_meaning_wherever_it_stands_but_for_those_that_need_company() -> None:
    lines = [line for line in wordlist("payment_statuses") if not line["beside"]]
    assert len({normalise(line["word"]) for line in lines}) == len(lines)
    assert [meaning(line["word"]) for line in lines] == [line["meaning"] for line in lines]


@pytest.mark.parametrize("word", ["maybe", "0", "???", "paid twice", "Paid 50%", "processing", "-"])
def test_an_unknown_status_is_refused_never_guessed(word: str) -> None:
    parsed = parse_statuses(texts(word, "paid", None))
    assert parsed.values.to_list() == [None, PAID, PAID]
    assert parsed.faults.to_list() == ["UNKNOWN_PAYMENT_STATUS", None, None]


def test_processing_is_a_paid_order_of_a_shop_and_an_unfinished_payment_elsewhere() -> None:
    assert parse_statuses(texts("processing", "on-hold")).values[0] == PAID
    assert meaning("processing", "Order ID", "Status") == PAID
    assert parse_statuses(texts("processing", "succeeded")).values[0] == PENDING
    assert meaning("In Bearbeitung", "Bestellnummer") == PAID
    assert parse_statuses(texts("processing", "on-hold", "succeeded")).values[0] is None


@pytest.mark.rule("PIT-103")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_that_our_messages_propose_is_accepted(language: str) -> None:
    sentence = message("UNKNOWN_PAYMENT_STATUS", language, expected=proposed("payment_statuses", language))
    words = sentence.rpartition(": ")[2].rstrip(".").split(", ")
    assert len(words) >= 6
    assert parse_statuses(texts(*words)).faults.null_count() == len(words)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_position_that_our_message_proposes_is_accepted(language: str) -> None:
    words = re.split(r", | or | ou | lub ", message("INVALID_POSITION", language).rpartition(". ")[2].rstrip("."))
    words[0] = re.split(r"[ :]+", words[0])[-1]
    assert len(words) == 4
    assert parse_positions(texts(*words)).faults.null_count() == 4


def test_the_message_lists_the_accepted_words_in_the_senders_language() -> None:
    verdict = validated("email,amount,date,status\na@x.fr,5,2024-05-01,bof\n", terms("payments", locale="fr"))
    (reason,) = verdict.rejected["reasons"][0]
    assert "partiellement remboursé, partiellement payé" in reason["message"]


@pytest.mark.parametrize(
    "word",
    ["Versendet", "Wysłane", "Gesendet", "Enviado", "Verzonden", "Inviato", "Envoyé", "Shipped", "Expédié"],
)
def test_what_was_sent_is_an_open_invoice_beside_words_of_invoices_and_unknown_in_a_shop(word: str) -> None:
    assert meaning(word) is None


@pytest.mark.parametrize(
    ("word", "title"),
    [
        ("Versendet", "Rechnungsnummer"),
        ("Wysłana", "Numer faktury"),
        ("Enviada", "Factura"),
        ("Verzonden", "Factuurnummer"),
        ("Inviata", "Numero fattura"),
        ("Envoyée", "N° de facture"),
    ],
)
def test_an_invoice_that_was_sent_is_open(word: str, title: str) -> None:
    assert meaning(word, title) == OPEN


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("OK|Paid late|Litige|Contestée|Contestato|Pagamento riuscito|Aprovado|Zrealizowano|Pago realizado", PAID),
        ("Pago pendiente|Pagamento in attesa", OPEN),
        ("Charge back", CANCELLED),
        ("Pago rechazado|Pagamento fallito|Betaling mislukt|Pagamento recusado", FAILED),
    ],
)
def test_more_words_of_usual_tools(words: str, expected: str) -> None:
    assert {word: meaning(word) for word in words.split("|")} == dict.fromkeys(words.split("|"), expected)


def status_of(*lines: str) -> tuple[str, ...]:
    """Which columns stand for the status, in a file of these lines."""
    sheet = read_file("\n".join(lines).encode(), "en")
    mapping = map_columns(sheet.titles, terms("payments").profile, None, (), "en", sheet.rows)
    return tuple(title for title in sheet.titles if title not in mapping.unmapped)[3:]


@pytest.mark.parametrize("flag", ["Captured", "Paid"])
def test_a_status_in_words_stands_before_a_yes_or_no_beside_it(flag: str) -> None:
    titles = f"email,date,amount,{flag},Status"
    assert status_of(titles, "a@x.fr,2024-05-01,5,true,Paid", "b@x.fr,2024-05-01,6,false,Failed") == ("Status",)


def test_a_no_beside_a_status_that_says_paid_is_for_its_owner_to_decide() -> None:
    with pytest.raises(FileRefused):
        status_of("email,date,amount,Paid,Status", "a@x.fr,2024-05-01,5,no,Paid", "b@x.fr,2024-05-01,6,yes,Paid")
