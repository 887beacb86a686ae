"""Plausible values for the columns of real exports, by what each column means: rows that nobody ever sent.

Lives here: a few dozen rows of invented people, orders and amounts for any meaning of `exports_seen.jsonl`. Not here:
what the columns should come to (`tests/pipelines/mapping/test_exports_of_products.py`).
"""

import re
from collections.abc import Callable, Mapping

ROWS = 12

FIRST = ["Ana", "Piotr", "Émile", "Jürgen", "Lucía", "Marco", "Sanne", "João", "Zoé", "Ola", "Kim", "Tove"]
LAST = ["Smith", "Nowak", "Durand", "Weber", "García", "Rossi", "de Vries", "Silva", "Martin", "Kowal", "Lee", "Berg"]
COMPANIES = ["Example Ltd", "Przykład sp. z o.o.", "Exemple SARL", "Muster GmbH", "Ejemplo SL", "Esempio srl"]
TOWNS = [
    "London",
    "Gdańsk",
    "Lyon",
    "Köln",
    "Sevilla",
    "Torino",
    "Utrecht",
    "Porto",
    "Nantes",
    "Kraków",
    "Leeds",
    "Oslo",
]
COUNTRIES = ["GB", "PL", "FR", "DE", "ES", "IT", "NL", "PT", "FR", "PL", "GB", "NO"]
REGIONS = ["Kent", "Pomorskie", "Rhône", "Bayern", "Andalucía", "Piemonte", "Utrecht", "Norte", "Loire", "Śląskie"]
STATUSES = {
    "de": ["Abgeschlossen", "Abgeschlossen", "Storniert", "Erstattet"],
    "fr": ["Terminé", "Terminé", "Annulé", "Remboursé"],
    "es": ["Completado", "Completado", "Cancelado", "Reembolsado"],
    "it": ["Completata", "Completata", "Annullata", "Rimborsata"],
    "nl": ["Voltooid", "Voltooid", "Geannuleerd", "Terugbetaald"],
    "pl": ["Zakończona", "Zakończona", "Anulowana", "Zwrócona"],
    "pt": ["Concluída", "Concluída", "Cancelada", "Reembolsada"],
    "en": ["Completed", "Completed", "Cancelled", "Refunded"],
}


def _money(row: int, share: int) -> str:
    return f"{(row * 37 + 11) % 400 + share}.{(row * 13) % 100:02}"


def _of(values: list[str]) -> Callable[[int], str]:
    return lambda row: values[row % len(values)]


FIELDS: Mapping[str, Callable[[int], str]] = {
    "email": lambda row: f"{FIRST[row].lower()}.{row}@example.com".replace("é", "e").replace("ü", "u"),
    "name": lambda row: f"{FIRST[row]} {LAST[row]}",
    "first_name": _of(FIRST),
    "last_name": _of(LAST),
    "company": _of(COMPANIES),
    "phone": lambda row: f"+44 20 7946 0{100 + row}",
    "mobile": lambda row: f"+44 7700 900{100 + row}",
    "address": lambda row: f"{row + 1} High Street",
    "postal_code": lambda row: f"{10000 + row * 771}",
    "city": _of(TOWNS),
    "region": _of(REGIONS),
    "country": _of(COUNTRIES),
    "external_id": lambda row: f"C-{1000 + row}",
    "accounting_code": lambda row: f"411{1000 + row}",
    "vat_number": lambda row: f"FR{40303265045 + row}",
    "opt_in": _of(["1", "0"]),
    "groups": _of(["vip", "vip, retail", "retail"]),
    "position": _of(["Accountant", "Buyer", "Sales"]),
    "payment_id": lambda row: f"{8301 + row}XK{row}T",
    "amount": lambda row: _money(row, 20),
    "payment_date": lambda row: f"2026-0{row % 8 + 1}-{row + 14}",
    "refunded_amount": lambda row: _money(row, 0) if row % 6 == 5 else "0.00",
    "currency": _of(["EUR"]),
}
"""Every field that the exports have, but for the status, whose words are of a language."""

OTHERS: tuple[tuple[str, Callable[[int], str]], ...] = (
    (r"order name", lambda row: f"#{1001 + row}"),
    (r"quantity|count|discounts used|weight|mandates|dining|capital", lambda row: str(row % 4 + 1)),
    (
        r"fee|tax$|net amount|subtotal|price|cost|discount|balance|tip|amount|sales|deposit|insurance|tender|gift card$"
        r"|capital",
        lambda row: _money(row, 3),
    ),
    (r"tax rate|rate", _of(["20", "8", "0"])),
    (r"date|birthday", lambda row: f"20{10 + row}-0{row % 8 + 1}-{row + 12}"),
    (r"time of day", lambda row: f"1{row % 9}:20:0{row % 9}"),
    (r"time zone", _of(["CET", "UTC"])),
    (r"e-mail$|account$", _of(["shop@example.com"])),
    (r"phone$|fax", lambda row: f"+44 20 7946 0{300 + row}"),
    (r"postal code", lambda row: f"{20000 + row * 331}"),
    (r"city|location", lambda row: TOWNS[(row + 5) % 12]),
    (r"region", lambda row: REGIONS[(row + 3) % 10]),
    (r"country", lambda row: COUNTRIES[(row + 4) % 12]),
    (r"language", _of(["en", "fr", "de"])),
    (r"iban", lambda row: f"DE8937040044053201300{row % 10}"),
    (r"bic", _of(["COBADEFFXXX"])),
    (r"direction", _of(["Credit", "Credit", "Debit"])),
    (r"transaction type", _of(["Website Payment", "Website Payment", "General Withdrawal"])),
    (r"payment method|card|channel", _of(["Visa", "Mastercard", "PayPal"])),
    (r"flag|cancelled|active|confirmation|gift wrap|device", _of(["0", "1"])),
    (r"\bid$|number|reference|tracking|code|parent", lambda row: f"R{5000 + row}"),
    (r"salutation|gender|title", _of(["Mr", "Ms"])),
    (r"address", lambda row: f"Flat {row + 2}"),
    (r"url|website|utm", _of(["https://example.com/a"])),
    (r"name|staff|supplier|host", lambda row: LAST[(row + 6) % 12]),
)
"""Other meanings, by the first pattern that they match."""


def value(meaning: str | None, language: str, row: int) -> str:
    """One cell of a column with a meaning (`amount`, `other:fee`, None), as an export in a language holds it."""
    if meaning == "payment_status":
        return STATUSES.get(language, STATUSES["en"])[row % 4]
    if meaning in FIELDS:
        return FIELDS[meaning](row)
    other = (meaning or "other:note").removeprefix("other:")
    make = next((make for pattern, make in OTHERS if re.search(pattern, other)), None)
    return make(row) if make else _of(["blue", "", "as agreed", ""])(row)
