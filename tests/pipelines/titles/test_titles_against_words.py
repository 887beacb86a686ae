"""Two lists know titles: those listed whole, and the words of all others. They must not contradict each other unseen.

A title that is listed whole wins over what its words say. So it may say the same, or its column's values decide; where
it says another thing, its field and the sense of its words stand together in `KNOWN_BETTER`.
"""

from collections.abc import Iterator

import pytest

from pipelines.titles.known_titles import meanings_of
from pipelines.titles.title_grammar import Sense, senses_of
from schemas.fields import BOTH, BY_NAME, Grain
from schemas.wordlists import wordlist

KNOWN_BETTER = {
    ("", "payment_date"),  # a registration's day is when a customer came, though registrations are paid
    ("accounting_code", "external_id"),  # a number of a debtor is one of the books
    ("accounting_code", "no field: bank"),  # and its account too
    ("accounting_code", "no field: discount"),  # `Buchungskonto`: booking and cash discount are one word
    ("account_manager", "no field: seller"),  # the seller who looks after a customer
    ("amount", "no field: item"),  # of a list of items, the last choice
    ("amount", "no field: quantity"),  # `Cantidad pagada`: a quantity of money
    ("amount_due", "amount"),  # `Kwota do zapłaty` is what is to be paid
    ("amount_due", "no field: balance"),
    ("amount_due", "no field: company detail"),  # `Encours client`
    ("amount_due", "no field: due date"),  # due money beside a due day
    ("amount_due", "no field: net amount"),
    ("direction", "no field: payout"),  # `Addebito accredito`
    ("direction", "no field: web"),  # `Strona`: a side of the books, or a page
    ("external_id", "no field: created date"),  # `Id registro`: a record, or the day of its making
    ("payment_count", "no field: quantity"),  # a quantity of payments
    ("payment_id", "no field: note"),  # `Nota` is an invoice in Portuguese
    ("recipient_email", "no field: seller"),  # who receives a payment sells
    ("total_spent", "no field: company detail"),  # the revenue with a customer, not the customer's own
    ("vat_number", "no field: tax"),  # the number of a tax is no tax
}
"""Field of the listed title (none where it is none of ours), and what its words would say: which is right, and why."""

OF_WORDS = frozenset(line["language"] for line in wordlist("title_words"))


def contradictions() -> Iterator[tuple[tuple[str, str], str]]:
    """What a title says where it is listed and what its words say, where these are two things, with the title."""
    for line in wordlist("titles"):
        field, language = line["field"], line["lang"] if line["lang"] in OF_WORDS else None
        for grain in BOTH:  # events have keys of their own, and no titles that people make up
            if line["grain"] in ("", grain) and (not field or grain in BY_NAME[field].grains):
                senses = senses_of(line["alias"], grain, language)
                if senses and not line["when"] and not any(sense.when or sense.field == field for sense in senses):
                    yield (field, said(senses[0])), line["alias"]


def said(sense: Sense) -> str:
    return sense.field or f"no field: {sense.other}"


def test_a_title_listed_whole_says_what_its_words_say_but_in_kinds_that_are_named() -> None:
    found = list(contradictions())
    assert {kind: title for kind, title in found if kind not in KNOWN_BETTER} == {}
    assert {kind for kind, _ in found} == KNOWN_BETTER


@pytest.mark.parametrize(
    ("title", "grain", "field"),
    [
        ("VAT number", "customer", "vat_number"),
        ("Debitorennummer", "customer", "accounting_code"),
        ("Anzahl Zahlungen", "customer", "payment_count"),
        ("Kwota do zapłaty", "payment", "amount_due"),
    ],
)
def test_where_they_differ_the_listed_title_wins(title: str, grain: Grain, field: str) -> None:
    assert senses_of(title, grain, None)[0].field != field
    assert next(meaning.field for meaning in meanings_of(title, grain, {})) == field
