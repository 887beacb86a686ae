"""Writes the benchmark's customer file: `python bench/generate.py ROWS FILE`.

Here: the made-up people, the share of repeated addresses, blank cells and bad rows, and the
one seed that makes every run write the same bytes. Not here: what a contender should find in
the file (the peers and the package decide that for themselves), and any timing.
"""

import csv
import random
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

HEADER = (
    "email", "name", "total_spent", "monthly_spend",
    "payment_count", "first_payment_date", "last_payment_date", "refund_volume",
)  # fmt: skip
EMAIL, NAME, TOTAL, MONTHLY, COUNT, FIRST, LAST, REFUND = range(len(HEADER))
SEED = 20261123
REPEATED, BAD = 0.20, 0.01
BLANK_TOTAL, BLANK_MONTHLY, BLANK_DATES = 0.01, 0.03, 0.01
FIRST_DAY, LAST_DAY = date(2019, 1, 1), date(2026, 6, 30)

# Each name as people write it, and as it stands in their address.
GIVEN = (
    ("Anna", "anna"), ("José", "jose"), ("Zoë", "zoe"), ("Łukasz", "lukasz"), ("Søren", "soren"),
    ("Jürgen", "jurgen"), ("Åsa", "asa"), ("Marie", "marie"), ("François", "francois"), ("Ines", "ines"),
    ("Дмитрий", "dmitri"), ("Ελένη", "eleni"), ("さくら", "sakura"), ("Siobhán", "siobhan"), ("Tom", "tom"),
    ("Renée", "renee"), ("Ana", "ana"), ("Noah", "noah"), ("Priya", "priya"), ("Emīls", "emils"),
    ("Chloé", "chloe"), ("Mateo", "mateo"), ("Lea", "lea"),
)  # fmt: skip
FAMILY = (
    ("Müller", "muller"), ("Smith", "smith"), ("Nguyễn", "nguyen"), ("García", "garcia"), ("Novák", "novak"),
    ("O'Neill", "oneill"), ("Kowalski", "kowalski"), ("Björk", "bjork"), ("Þórsson", "thorsson"),
    ("Иванова", "ivanova"), ("Şahin", "sahin"), ("Dupont", "dupont"), ("Rossi", "rossi"), ("Çelik", "celik"),
    ("Van Dijk", "vandijk"), ("Łoś", "los"), ("Ångström", "angstrom"), ("Costa", "costa"), ("Weiß", "weiss"),
)  # fmt: skip
DOMAINS = tuple(f"{shop}.example.{ending}" for ending in ("com", "org", "net") for shop in ("eu", "uk", "us", "shop"))
DAYS = tuple((FIRST_DAY + timedelta(days)).isoformat() for days in range((LAST_DAY - FIRST_DAY).days + 1))

Chance = Callable[[], float]
Row = list[str]


def write_customers(count: int, file: Path) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(customer_rows(count))


def customer_rows(count: int) -> Iterator[Row]:
    # Only random() promises the same numbers in every Python version, so all draws go through it.
    chance = random.Random(SEED).random
    people = 0
    for _ in range(count):
        if repeated := people > 0 and chance() < REPEATED:
            person = int(chance() * people)
        else:
            person, people = people, people + 1
        row = customer_row(person, repeated, chance)
        if chance() < BAD:
            FAULTS[int(chance() * len(FAULTS))](row, chance)
        yield row


def customer_row(person: int, repeated: bool, chance: Chance) -> Row:
    given, family = GIVEN[person % len(GIVEN)], FAMILY[person % len(FAMILY)]
    initial = f" {chr(65 + person % 26)}." if repeated and chance() < 0.5 else ""
    total = int(chance() * 1_200_000)
    refund = int(chance() * total / 5) if chance() < 0.15 else 0
    return [
        address(given[1], family[1], person, chance),
        f"{given[0]}{initial} {family[0]}",
        money(total) if chance() >= BLANK_TOTAL else "",
        money(int(chance() * 25_000)) if chance() >= BLANK_MONTHLY else "",
        str(int(chance() * 90)),
        *period(chance),
        money(refund),
    ]


def period(chance: Chance) -> tuple[str, str]:
    if chance() < BLANK_DATES:
        return "", ""
    first = int(chance() * len(DAYS))
    return DAYS[first], DAYS[first + int(chance() * (len(DAYS) - first))]


def address(given: str, family: str, person: int, chance: Chance) -> str:
    domain = DOMAINS[person % len(DOMAINS)]
    spelling = chance()
    if spelling < 0.10:
        return f"{given.capitalize()}.{family.capitalize()}{person}@{domain}"
    if spelling < 0.13:
        return f"{given}.{family}{person}@{domain}".upper()
    return f"{given}.{family}{person}@{domain}"


def money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def spoil(columns: tuple[int, ...], text: str) -> Callable[[Row, Chance], None]:
    def spoiled(row: Row, chance: Chance) -> None:
        row[columns[int(chance() * len(columns))]] = text

    return spoiled


# One of these strikes a bad row, and nothing else: its only fault must be the one named.
FAULTS = (
    spoil((EMAIL,), ""),
    spoil((EMAIL,), "not-an-email"),
    spoil((EMAIL,), "a@b@example.com"),
    spoil((TOTAL, MONTHLY, COUNT, REFUND), "12,3x"),
    spoil((FIRST, LAST), "2024-13-45"),
    spoil((TOTAL,), "-5.00"),
    spoil((NAME,), ""),
)

if __name__ == "__main__":
    if len(sys.argv) != 3 or not sys.argv[1].isdecimal():
        sys.exit("usage: python bench/generate.py ROWS FILE")
    write_customers(int(sys.argv[1]), Path(sys.argv[2]))
