"""A big account from a seed: hundreds of thousands of objects whose text is made when a page is read.

Every object follows from its number, so a million of them cost no more memory than their places; their text is a
factory's own, with a few fields filled in. Lives here: what such an account holds, and what a reader must find in it.
"""

import random
from collections.abc import Sequence

from tests.stripe_peer import answers
from tests.stripe_peer.account import FakeAccount
from tests.stripe_peer.objects import charge, customer, refund
from tests.stripe_peer.shelf import Shelf

END = 1_793_491_200
"""2026-11-01T00:00:00Z: everything is older."""

SPAN = 3 * 365 * 86_400
BURST = 1_500
DIGITS = 21
AMOUNT, BACK, CREATED, WAITS = 7_000_000_001, 5_000_000_003, 6_000_000_007, 6_000_000_007 + 7 * 86_400
"""Numbers that stand in a template for those of an object."""

PLACES = {
    b'"cus_@customer"': b"%(customer)b",
    b'"@email"': b"%(email)b",
    b"@tail": b"%(tail)b",
    b"@name": b"%(name)b",
    b"@currency": b"%(currency)b",
    b"%d" % AMOUNT: b"%(amount)d",
    b"%d" % BACK: b"%(back)d",
    b"%d" % CREATED: b"%(created)d",
    b"%d" % WAITS: b"%(waits)d",
}


def _template(found: dict[str, object]) -> bytes:
    text = answers.rendered(found).replace(b"%", b"%%")
    for word, place in PLACES.items():
        text = text.replace(word, place)
    return text


def _charge(status: str, captured: bool) -> bytes:
    back = BACK if captured else 0
    words = {"currency": "@currency", "customer": "cus_@customer", "email": "@email", "name": "@name"}
    terms = {"amount": AMOUNT, "amount_refunded": back, "created": CREATED, "status": status, "captured": captured}
    return _template(charge("ch_@tail", **words, **terms))


CHARGES = {
    "settled": _charge("succeeded", True),
    "held": _charge("succeeded", False),
    "failed": _charge("failed", False),
}
REFUND = _template(
    refund("re_@tail", charge("ch_@of", payment_intent="pi_@of"), amount=AMOUNT, created=CREATED, currency="@currency")
).replace(b"@of", b"%(of)b")
CUSTOMER = _template(customer("cus_@tail", email="@email", name="@name", created=CREATED))


class Bulk(FakeAccount):
    """So many charges, refunds and customers over three years, ever more of them, and 1,500 charges in one second."""

    def __init__(self, seed: int, charges: int, customers: int, refunds: int) -> None:
        super().__init__()
        chance = random.Random(seed)
        self.people = customers
        self.refunded: dict[int, int] = {}
        self.shelves |= {
            "charges": Shelf(self._charge_text),
            "customers": Shelf(self._customer_text),
            "refunds": Shelf(self._refund_text),
        }
        self.shelves["customers"].fill(_places("cus", _instants(chance, customers)))
        self.shelves["charges"].fill(_places("ch", _burst(_instants(chance, charges))))
        self._refund(chance, refunds)

    def grow(self, count: int) -> None:
        """Make so many more charges, a second apart, newer than all others."""
        shelf = self.shelves["charges"]
        newest = max(END, shelf.order[-1].created + 1 if shelf.order else 0)
        numbers = range(len(shelf.order), len(shelf.order) + count)
        shelf.fill((newest + place, f"ch_{_tail(number)}") for place, number in enumerate(numbers))

    def expected(self) -> dict[str, object]:
        """What a reader of all of it must find: how many objects, and the exact sums by currency in minor units."""
        counted = [number for number in range(len(self.shelves["charges"].order)) if _kind(number) == "settled"]
        sums: dict[str, int] = {}
        for number in counted:
            sums[_currency(number)] = sums.get(_currency(number), 0) + _amount(number)
        sizes = {stream: len(self.shelves[stream].order) for stream in ("charges", "customers", "refunds")}
        return sizes | {"counted": len(counted), "sums": sums, "refunded": sum(map(_half, self.refunded))}

    def _refund(self, chance: random.Random, count: int) -> None:
        order = self.shelves["charges"].order
        settled = [number for number in range(len(order)) if _kind(number) == "settled"]
        chosen = chance.sample(settled, min(count, len(settled)))
        late = [(min(END - 1, order[number].created + chance.randrange(60 * 86_400)), number) for number in chosen]
        self.refunded = {number: place for place, (_, number) in enumerate(sorted(late))}
        self._of = list(self.refunded)
        self.shelves["refunds"].fill((at, f"re_{_tail(place)}") for place, (at, _) in enumerate(sorted(late)))

    def _charge_text(self, identity: str) -> bytes:
        number, created = _number(identity), self.shelves["charges"].places[identity].created
        who = None if number % 50 == 0 else _hash(number) % self.people
        return CHARGES[_kind(number)] % {
            b"tail": _tail(number).encode(),
            b"amount": _amount(number),
            b"back": _half(number) if number in self.refunded else 0,
            b"created": created,
            b"waits": created + 7 * 86_400,
            b"currency": _currency(number).encode(),
            b"customer": b"null" if who is None else b'"cus_%b"' % _tail(who).encode(),
            b"email": _email(number if who is None else who),
            b"name": b"Customer %d" % (who or 0),
        }

    def _refund_text(self, identity: str) -> bytes:
        place = _number(identity)
        number = self._of[place]
        return REFUND % {
            b"tail": _tail(place).encode(),
            b"of": _tail(number).encode(),
            b"amount": _half(number),
            b"created": self.shelves["refunds"].places[identity].created,
            b"currency": _currency(number).encode(),
        }

    def _customer_text(self, identity: str) -> bytes:
        number = _number(identity)
        return CUSTOMER % {
            b"tail": _tail(number).encode(),
            b"email": _email(number),
            b"name": b"Customer %d" % number,
            b"created": self.shelves["customers"].places[identity].created,
        }


def _instants(chance: random.Random, count: int) -> list[int]:
    """Seconds of the span, oldest first, more and more of them."""
    return sorted(END - SPAN + int(SPAN * chance.random() ** 0.6) for _ in range(count))


def _burst(instants: list[int]) -> list[int]:
    """The same with many in one second, where there are enough of them."""
    start = len(instants) // 3
    if len(instants) < 10 * BURST:
        return instants
    return instants[:start] + [instants[start]] * BURST + instants[start + BURST :]


def _places(prefix: str, instants: Sequence[int]) -> list[tuple[int, str]]:
    return [(instant, f"{prefix}_{_tail(number)}") for number, instant in enumerate(instants)]


def _tail(number: int) -> str:
    return f"3Pe{number:0{DIGITS}}"


def _number(identity: str) -> int:
    return int(identity[-DIGITS:])


def _hash(number: int) -> int:
    return number * 2_654_435_761 % 2**32


def _kind(number: int) -> str:
    return "failed" if number % 17 == 0 else "held" if number % 29 == 0 else "settled"


def _amount(number: int) -> int:
    return 500 + _hash(number) % 20_000


def _half(number: int) -> int:
    return _amount(number) // 2


def _currency(number: int) -> str:
    return "eur" if number % 11 == 0 else "usd"


def _email(number: int) -> bytes:
    """Some customers have the address of another, some have none."""
    if number % 97 == 0:
        return b"null"
    return b'"user%d@example.com"' % (number - 1 if number % 89 == 0 else number)
