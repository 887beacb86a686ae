"""Measures the parsers of single values: `python bench/values.py --rows 1000000`.

Here: a million phones and e-mail addresses as people write them, one in five repeated, parsed by us and by the plain
loop that a script would have (phonenumbers, email-validator: on a sample, scaled), beside reading a customer file of
as many rows, all in CPU seconds. Not here: whether the values are right (the tests say that).
"""

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import phonenumbers
import polars as pl
from email_validator import EmailNotValidError, validate_email
from generate import GIVEN, write_customers
from measure import NOW, Cost
from report import record

from pipelines.cards.card_numbers import find_cards
from pipelines.parsing.emails import parse_emails
from pipelines.parsing.phones.phones import parse_phones
from pipelines.reading.read_file import read_file

SEED = 20261123
SAMPLE = 20_000
RUNS = 3
REPEATED, CUT_SHORT = 0.2, 0.01
PLANS = {
    "33": ("0", (1, 2, 2, 2, 2), (("6", 8), ("6", 8), ("7", 8), ("1", 8), ("4", 8), ("5", 8))),
    "48": ("", (3, 3, 3), (("51", 7), ("60", 7), ("79", 7), ("22", 7), ("12", 7))),
    "49": ("0", (4, 3, 9), (("1511", 7), ("1575", 7), ("171", 7), ("30", 8), ("89", 8))),
    "44": ("0", (4, 3, 9), (("7700", 6), ("7911", 6), ("7538", 6), ("203", 7), ("1612", 6))),
    "1": ("", (3, 3, 4), (("2122", 6), ("3105", 6), ("4157", 6), ("6465", 6), ("7024", 6))),
}
"""By calling code: the zero that is dialled, how digits are grouped, how numbers start and how many digits follow."""

CODES = ("33",) * 12 + ("48", "48", "49", "49", "44", "44", "1", "1")
SEPARATORS = (" ", " ", " ", ".", "-", "")
SURNAMES = ("muller", "o'neill", "delacroix-dubois", "de.la.fontaine", "wojciechowska-kaczmarek", "rossi", "van-dijk")
LOCALS = (
    "{given}.{family}",
    "{given}{number}",
    "{family}_{given}{number}",
    "contact+{family}{number}",
    "{given}.{number}",
)
PROVIDERS = (
    "gmail.com",
    "gmail.com",
    "orange.fr",
    "hotmail.fr",
    "yahoo.co.uk",
    "t-online.de",
    "wp.pl",
    "btinternet.com",
)
FIRMS = ("shop", "dupont-et-fils", "mairie-saint-jean-de-luz", "mail.acme", "info.eu.big-company")
ENDINGS = ("fr", "com", "de", "co.uk", "pl")
ODD = (
    *("Ann Lee <{local}@{domain}>", "<{local}@{domain}>", "mailto:{local}@{domain}", "{local}@{domain};"),
    *("{local}", "{local}@", "{local}@@{domain}", "{local} @{domain}", "{local}@ü{domain}", "é{local}@{domain}"),
)

T = TypeVar("T")
Chance = Callable[[], float]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the parsers of single values.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    phones, emails = written_phones(rows), written_emails(rows)
    reading = {"reading a customer file": seconds_of_reading(rows)}
    spent = {
        "phones": {
            NOW: seconds(lambda: parse_phones(phones, "FR")),
            "loop of phonenumbers": [scaled(validate_phones, phones)],
            "looking for cards in them": seconds(lambda: find_cards(phones)),
        },
        "e-mail addresses": {
            NOW: seconds(lambda: parse_emails(emails)),
            "loop of email-validator": [scaled(validate_emails, emails)],
        },
    }
    for what, each in spent.items():
        record(f"{rows:,} {what}", {name: list(map(Cost, cpu)) for name, cpu in (each | reading).items()}, NOW)


def seconds(step: Callable[[], object]) -> list[float]:
    return [once(step) for _ in range(RUNS)]


def once(step: Callable[[], object]) -> float:
    started = time.process_time()
    step()
    return time.process_time() - started


def scaled(step: Callable[[list[str]], object], column: pl.Series) -> float:
    sample = column.sample(min(SAMPLE, len(column)), seed=SEED).to_list()
    return once(lambda: step(sample)) * len(column) / len(sample)


def seconds_of_reading(rows: int) -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "customers.csv"
        write_customers(rows, file)
        content = file.read_bytes()
    return seconds(lambda: read_file(content))


def repeated(rows: int, one: Callable[[Chance], str]) -> pl.Series:
    """So many texts, of which one in five was there before."""
    chance, texts = random.Random(SEED).random, list[str]()
    for _ in range(rows):
        again = texts and chance() < REPEATED
        texts.append(pick(texts, chance) if again else one(chance))
    return pl.Series(texts)


def pick(choices: Sequence[T], chance: Chance) -> T:
    return choices[int(chance() * len(choices))]


def written_phones(rows: int) -> pl.Series:
    """What a French shop has: six numbers in ten French, most of these as dialled at home, all others abroad."""
    return repeated(rows, one_phone)


def one_phone(chance: Chance) -> str:
    code = pick(CODES, chance)
    zero, groups, starts = PLANS[code]
    start, more = pick(starts, chance)
    digits = start + f"{int(chance() * 10**more):0{more}d}"
    number = grouped(digits[:-2] if chance() < CUT_SHORT else digits, groups, pick(SEPARATORS, chance))
    form = chance()
    if code == "33" and form < 0.7:
        return zero + number
    if zero and form > 0.93:
        return f"+{code} ({zero}){number}"
    return f"{'+' if form < 0.85 else '00'}{code} {number}"


def grouped(digits: str, groups: Sequence[int], separator: str) -> str:
    ends = [sum(groups[:count]) for count in range(len(groups) + 1)]
    return separator.join(filter(None, (digits[start:end] for start, end in pairwise(ends))))


def written_emails(rows: int) -> pl.Series:
    """Addresses of people at large providers and small firms, three in a hundred written in an odd way or wrong."""
    return repeated(rows, one_email)


def one_email(chance: Chance) -> str:
    given, family, number = pick(GIVEN, chance)[1], pick(SURNAMES, chance), int(chance() * 1e5)
    small = f"{pick(FIRMS, chance)}{number % 1000}.{pick(ENDINGS, chance)}"
    domain = pick(PROVIDERS, chance) if chance() < 0.7 else small
    local = pick(LOCALS, chance).format(given=given, family=family, number=number)
    return (pick(ODD, chance) if chance() < 0.03 else "{local}@{domain}").format(local=local, domain=domain)


def validate_phones(texts: list[str]) -> None:
    for text in texts:
        try:
            number = phonenumbers.parse(text, "FR")
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def validate_emails(texts: list[str]) -> None:
    for text in texts:
        try:
            validate_email(text, check_deliverability=False)
        except EmailNotValidError:
            continue


if __name__ == "__main__":
    main()
