"""Measures the parsers of single values: `python bench/values.py --rows 1000000`.

Here: a million phones and e-mail addresses as people write them, parsed by us and by the plain loop that a script
would have (phonenumbers, email-validator: on a sample, scaled), beside reading a file of as many rows. Not here:
whether the values are right (the tests say that).
"""

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import phonenumbers
import polars as pl
from email_validator import EmailNotValidError, validate_email
from generate import write_customers

from pipelines.files.cards import find_cards
from pipelines.files.emails import parse_emails
from pipelines.files.phones import parse_phones

SEED = 20261123
SAMPLE = 20_000
FIRST = "6667771249"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the parsers of single values.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    phones, emails = written_phones(rows), written_emails(rows)
    reading = seconds_of_reading(rows)
    report("reading a customer file", reading, reading)
    ours = seconds(lambda: parse_phones(phones, "FR"))
    report("phones, ours", ours, reading)
    report("phones, loop of phonenumbers", scaled(judge_phones, phones), ours)
    ours = seconds(lambda: parse_emails(emails))
    report("e-mails, ours", ours, reading)
    report("e-mails, loop of email-validator", scaled(judge_emails, emails), ours)
    report("looking for cards, phones", seconds(lambda: find_cards(phones)), reading)


def report(what: str, spent: float, beside: float) -> None:
    print(f"{what:36}{spent:8.2f} s{spent / beside:8.2f} x")


def seconds(step: Callable[[], object]) -> float:
    started = time.perf_counter()
    step()
    return time.perf_counter() - started


def scaled(step: Callable[[list[str]], object], column: pl.Series) -> float:
    sample = column.sample(min(SAMPLE, len(column)), seed=SEED).to_list()
    return seconds(lambda: step(sample)) * len(column) / len(sample)


def seconds_of_reading(rows: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "customers.csv"
        write_customers(rows, file)
        return seconds(lambda: pl.read_csv(file, infer_schema=False))


def written_phones(rows: int) -> pl.Series:
    """French numbers, six in ten mobile, nearly each its own, in five written forms."""
    chance = random.Random(SEED).random
    return pl.Series(
        [one_phone(row % 5, int(FIRST[int(chance() * 10)] + f"{int(chance() * 1e8):08d}")) for row in range(rows)]
    )


def one_phone(form: int, number: int) -> str:
    digits = str(number)
    pairs = f"{digits[0]} {digits[1:3]} {digits[3:5]} {digits[5:7]} {digits[7:]}"
    return (f"0{pairs}", f"+33 {pairs}", f"+33 (0){digits}", f"0{digits}", f"0033{digits}")[form]


def written_emails(rows: int) -> pl.Series:
    """Plain addresses, three in a hundred with a name, brackets or an international domain."""
    odd = ("Ann Lee <ann{}@x.fr>", "mailto:ann{}@x.fr", "ann{}@münchen.de")
    return pl.Series([(odd[row % 3] if row % 100 < 3 else "ann.lee{}@example.com").format(row) for row in range(rows)])


def judge_phones(texts: list[str]) -> None:
    for text in texts:
        try:
            number = phonenumbers.parse(text, "FR")
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def judge_emails(texts: list[str]) -> None:
    for text in texts:
        try:
            validate_email(text, check_deliverability=False)
        except EmailNotValidError:
            continue


if __name__ == "__main__":
    main()
