"""The recorded extract of `samples/billing/`: a made-up account in test mode, the same bytes whenever it is made.

`python -m tests.stripe_peer.record` writes it. A file per list, one object a line, newest first, as Stripe sends them
but for the spaces; what Stripe answers for a deleted customer stands on the last line of the customers, although no
list of Stripe's has it. Lives here: the cast and what happened to it, chosen so that each rule of the sync has a case.
Names and addresses are made up; some people are those of the other samples, so that files and Stripe meet in one
customer.
"""

import hashlib
import string
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from tests.stripe_peer import changes
from tests.stripe_peer.account import FakeAccount
from tests.stripe_peer.objects import charge, customer, deleted, draw

FOLDER = Path(__file__).resolve().parents[2] / "samples" / "billing"
START, END = 1_730_419_200, 1_793_491_200
"""2024-11-01 and 2026-11-01, UTC: everything happened between them."""

HOUR, DAY, MONTH = 3_600, 86_400, 30 * 86_400
PRICES = (1_900, 1_900, 4_900, 4_900, 9_900, 14_950, 49_900)
IN_OTHER_SAMPLES = (
    "Łukasz Nowak <lukasz.nowak@example.com>",
    "Zoé Martin <Zoe.Martin@example.com>",
    "Jérôme Garnier <jerome.garnier@example.org>",
    "Anna Wiśniewska <anna.wisniewska@example.com>",
    "Julia Zielińska <julia.zielinska@example.com>",
    "Adam Krawczyk <adam.krawczyk@example.org>",
    "Maëlle Girard <maelle.girard@example.com>",
    "Olga Król <olga.krol@example.com>",
)
FIRST = ("Léa", "Tomasz", "Grace", "Jonas", "Chloé", "Hanna", "Marek", "Amélie", "Oskar", "Nadia", "Ravi", "Sofía")
LAST = ("Fontaine", "Sikorski", "Okafor", "Lindqvist", "Perrin", "Brandt", "Gajewski", "Delmas")
LATIN = str.maketrans("łŁøØ", "lLoO")


class Person(NamedTuple):
    """A customer: who, what is peculiar, how many times a month-old plan was paid."""

    name: str | None
    email: str | None
    payments: int
    currency: str = "usd"
    receipts: str | None = None
    business: str | None = None


PECULIAR = (
    Person("Lea Fontaine", "Lea.Fontaine@example.com ", 3),  # the first of the others under another spelling
    Person("Kenji Mori", "kenji.mori@example.org", 5, "jpy"),
    Person("Dalal Al-Sabah", "dalal.alsabah@example.org", 4, "kwd"),
    Person("Ása Jónsdóttir", "asa.jonsdottir@example.org", 2, "isk"),
    Person("Walk-in terminal", None, 3, receipts="front.desk@example.org"),
    Person("Nobody Known", None, 2),
    Person(None, "accounts@example.org", 3),
    Person(None, "billing@example.org", 4, business="Atelier Perrin & Fils"),
    Person("Long Gone", "long.gone@example.com", 4),
    Person('=HYPERLINK("http://example.com")', "formula@example.org", 1),
    Person('Ольга "Оля" Петрова 🌷', "olga.petrova@example.org", 2),
    Person("Small Spender", "small.spender@example.com", 0),
)


def people() -> list[Person]:
    """The cast, those of the other samples first."""
    known = [line.rstrip(">").split(" <") for line in IN_OTHER_SAMPLES]
    shared = [Person(name, email, 3 + draw(email, "payments", 6)) for name, email in known]
    names = [f"{FIRST[number % 12]} {LAST[(number + number // 12) % 8]}" for number in range(42)]
    return shared + [_plain(name) for name in names] + list(PECULIAR)


def recorded() -> FakeAccount:
    """The account on the day of the recording."""
    account = FakeAccount()
    for person in people():
        _join(account, person)
    _visit(account)
    _befall(account)
    return account


def lines(account: FakeAccount, stream: str) -> bytes:
    """A list of the account as the extract has it."""
    found = [account.get(identity) for identity in account.ids(stream)]
    gone = [deleted(identity) for identity in account.shelves[stream].stubs]
    return b"".join(msgspec.json.encode(one) + b"\n" for one in found + gone)


def main(folder: Path) -> None:
    """Write the extract into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    account = recorded()
    for stream in ("charges", "refunds", "customers"):
        (folder / f"{stream}.jsonl").write_bytes(lines(account, stream))


def token(prefix: str, about: str, size: int) -> str:
    """An id as Stripe makes them, decided by what it is of."""
    letters = string.digits + string.ascii_letters
    return f"{prefix}{''.join(letters[byte % 62] for byte in hashlib.sha256(about.encode()).digest()[:size])}"


def _plain(name: str) -> Person:
    folded = unicodedata.normalize("NFKD", name.translate(LATIN)).encode("ascii", "ignore").decode()
    email = f"{folded.lower().replace(' ', '.')}@example.{('com', 'org')[draw(name, 'domain', 2)]}"
    return Person(name, email, draw(name, "payments", 7), "eur" if draw(name, "currency", 6) == 0 else "usd")


def _join(account: FakeAccount, person: Person) -> None:
    """The customer, and what it paid each month since."""
    about = f"{person.name} {person.email}"
    identity = token("cus_", about, 14)
    joined = START + draw(about, "joined", END - START - (person.payments + 1) * MONTH)
    terms = {"email": person.email, "name": person.name, "business_name": person.business}
    account.add(customer(identity, created=joined, currency=person.currency, **terms))
    price = PRICES[draw(about, "price", len(PRICES))]
    for month in range(person.payments):
        _pay(account, person, identity, price, joined + HOUR + month * MONTH)
    if person.name == "Small Spender":
        _pay(account, person, identity, 450, joined + HOUR)
    if person.name == "Long Gone":
        account.delete(identity)


def _pay(account: FakeAccount, person: Person, who: str, price: int, created: int) -> None:
    """One payment; some are declined and tried again on the next day, some only authorised."""
    about = f"{who} {created}"
    fate = draw(about, "fate", 20)
    amount = price * 10 if person.currency == "kwd" else price
    terms = {"customer": who, "amount": amount, "currency": person.currency, "receipt_email": person.receipts}
    own = {"name": person.name, "email": person.email.strip() if person.email else None}
    if fate == 0:
        account.add(charge(token("ch_3", f"{about} declined", 22), created=created, status="failed", **terms, **own))
    later = created + DAY if fate == 0 else created
    account.add(charge(token("ch_3", about, 22), created=later, captured=fate != 1, **terms, **own))


def _visit(account: FakeAccount) -> None:
    """Guests: some have the address of a customer, some are nobody's."""
    for number, email in enumerate(
        ["zoe.martin@example.com", "JEROME.GARNIER@EXAMPLE.ORG", "lea.fontaine@example.com", None]
        + [f"guest{number}@example.org" for number in range(10)]
    ):
        about = f"guest {number}"
        terms = {"email": email, "name": f"Guest {number}", "amount": PRICES[number % len(PRICES)]}
        account.add(
            charge(token("ch_3", about, 22), created=START + draw(about, "visit", END - START - MONTH), **terms)
        )


def _befall(account: FakeAccount) -> None:
    """Refunds early and late, whole and in parts, pending and failed; disputes; bank debits; a part captured."""
    settled = _settled(account)
    for number in range(9):
        _give_back(account, next(settled), days=1 + 3 * number, part=1 if number % 3 == 0 else 2)
    _give_back(account, next(settled), days=200, part=2)
    _give_back(account, next(settled), days=3, part=1, status="pending")
    failed = _give_back(account, next(settled), days=5, part=1)
    changes.refund_becomes(account, failed, "failed")
    several = next(settled)
    for days in range(1, 5):
        _give_back(account, several, days=days, part=5)
    for disputed in (next(settled), next(settled), several):
        changes.dispute(account, disputed)
    waiting = [found for found in account.ids("charges") if not account.get(found)["captured"]]
    _, middle, *older = [found for found in waiting if account.get(found)["status"] == "succeeded"]
    changes.capture(account, middle, account.get(middle)["amount"] // 2)
    for authorised in older:
        changes.expire(account, authorised)
    account.change(next(settled), status="pending")
    returned = next(settled)
    account.change(returned, status="pending")
    changes.fail(account, returned)


def _settled(account: FakeAccount) -> Iterator[str]:
    """Charges that were paid long enough ago, in an order that has nothing to do with time."""
    paid = [found for found in map(account.get, account.ids("charges")) if found["status"] == "succeeded"]
    old = [found["id"] for found in paid if found["captured"] and found["created"] < END - 201 * DAY]
    return iter(sorted(old, key=lambda identity: draw(identity, "refund", 2**32)))


def _give_back(account: FakeAccount, of: str, days: int, part: int, status: str = "succeeded") -> str:
    found = account.get(of)
    identity = token("re_3", f"{of} {days}", 22)
    when = {"created": found["created"] + days * DAY, "status": status}
    changes.give_back(account, of, identity, amount=found["amount"] // part, **when)
    return identity


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
