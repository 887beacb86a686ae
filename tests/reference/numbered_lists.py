"""Files of numbered rows, so that files overlap: what the naive ledger takes and the text that the real one reads.

Lives here: sources and their rules, rows by number, and how each is written. Not here: what is done with files.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from pipelines.configuration.settings import Sources
from tests.reference.facts import Contact, Policy, Row

POLICIES = {
    "desk": Policy({"name": "if_blank", "company": "always", "city": "never", "status": "if_blank", "groups": "never"}),
    "form": Policy(
        {"name": "always", "company": "never", "dunning_plan": "always", "phone": "if_blank", "is_primary": "never"}
    ),
    "agency": Policy({"company": "if_blank", "city": "always", "status": "always", "phone": "never"}, creates=False),
    "leads": Policy({"dunning_plan": "if_blank"}, updates=False),
    "erp": Policy(
        {"status": "never", "phone": "always", "dunning_plan": "never"},
        owned={"name": "desk", "city": "desk", "contact_reference": "crm", "groups": "crm"},
    ),
}
"""Sources whose rows count by rules of their own."""

SOURCES = Sources.model_validate(
    {
        "sources": {
            "crm": {"amounts": "snapshot", "keep": "rest"},
            "shop": {"keep": ["Shoe size"]},
            "till": {"profile": "payments"},
            **{
                name: {
                    "update": policy.update,
                    "owned_by": policy.owned,
                    "creates": policy.creates,
                    "updates": policy.updates,
                    "keep": "rest",
                }
                for name, policy in POLICIES.items()
            },
        }
    }
)
PEOPLE = ("ana@example.com", "Ana@Example.com", "bob@example.com", "cam@example.org", "dee@example.net")
NAMES = ("Ana", "Bob", "Cam Ève", "Łucja")
DAY = date(2025, 3, 1)


def customer_row(number: int) -> Row:
    """The row of a customer list with this number: each its own, of few people, with blanks here and there."""
    first = DAY + timedelta(days=number * 11 % 400)
    return Row(
        email=PEOPLE[number % 5],
        name=NAMES[number % 4],
        company=(None, "ACME", None, "Blé SARL")[number % 4],
        total=None if number % 6 == 5 else Decimal(number * 997 % 50_000) / 100,
        count=None if number % 5 == 4 else number % 7,
        first=None if number % 9 == 8 else first,
        last=None if number % 3 == 2 or number % 9 == 8 else first + timedelta(days=number),
        groups=((), ("vip",), (), ("VIP", "Łódź, centre"))[number * 7 // 3 % 4],
        status=(None, "active", None, None, "potential")[number // 2 % 5],
        opt_in=(None, True, None, None, False, True)[number % 6],
        contact=contact_of(number),
        city=(None, "Lyon", "Łódź", None, "Köln")[number * 3 % 5],
        plan=(None, None, "Gentle", "Strict")[number * 5 // 4 % 4],
        phones=phones_of(number),
    )


def phones_of(number: int) -> tuple[str, ...]:
    """None, one or two of four numbers, in any order."""
    several = tuple(f"+3319900120{each % 4}" for each in (number * 7 // 2, number + 1))
    return (several, several[:1], (), several[::-1], several[1:])[number // 2 % 5]


def contact_of(number: int) -> Contact | None:
    """One of three contacts, in two spellings, on two rows of three; some say that it is the main one, or that not."""
    if number % 3 == 1:
        return None
    email = ("ann@client.example", "Ann@client.example", "ben@client.example", "cy@client.example")[number % 4]
    return Contact(email, (None, f"R{number}")[number % 2], (True, None, False, True, None)[number // 2 % 5])


STATES = ("paid", "paid", "pending", "refunded", "paid", "cancelled", "failed")


def payment_row(number: int) -> Row:
    """The row of a payment list with this number.

    Every fifth has no id; the others come in threes of one id, customer and amount, in any states, some on another day.
    """
    payment, state = number // 3, STATES[number % 7]
    day, amount = DAY + timedelta(days=payment * 7 % 300 + number % 2), Decimal(payment * 313 % 20_000) / 100
    paid, numbered = state in ("paid", "refunded"), number % 5 != 0
    return Row(
        email=PEOPLE[payment * 3 % 5],
        total=amount if paid else Decimal(0),
        count=1 if paid else 0,
        first=day if paid else None,
        last=day if paid else None,
        payment_id=f"p{payment % 3}" if numbered else None,
        stated=amount if numbered else None,
        day=day if numbered else None,
        state=state if numbered else None,
        is_payment=True,
    )


def customer_text(row: Row) -> str:
    contact = row.contact or Contact("")
    said = ("" if yes is None else int(yes) for yes in (row.opt_in, contact.main))
    groups = ";".join(f"'{name}'" for name in row.groups).replace("'", '""')
    cells = (row.email, row.name, row.company, row.total, row.count, row.first, row.last, row.status, *said)
    phones = (*row.phones, None, None)[:2]
    further = (contact.email, contact.reference, f'"{groups}"', row.city, row.plan, *phones, row.custom)
    return ",".join("" if cell is None else str(cell) for cell in (*cells, *further))


def payment_text(row: Row) -> str:
    """Without an id nothing is left of the state of a payment that does not count, so that any will do."""
    status = row.state or ("paid" if row.count else "failed")
    amount = row.total if row.stated is None else row.stated
    return f"{row.payment_id or ''},{row.email},{amount},{row.day or row.first or DAY},{status}"


CUSTOMERS = (
    "email,name,company,total spent,payment count,first payment date,last payment date,status,opt-in,main contact,"
    "contact email,contact reference,groups,city,dunning plan,phone 1,phone 2,Shoe size"
)
PAYMENTS = "payment id,email,amount,date,status"


@dataclass(frozen=True)
class Take:
    """Import a file: rows of a numbered pool, so that files overlap; perhaps twice each, perhaps with a bad row."""

    source: str
    numbers: tuple[int, ...]
    bad: bool = False
    overlap: str | None = None
    sizes: int = 0

    @property
    def rows(self) -> tuple[Row, ...]:
        if self.source == "till":
            return tuple(payment_row(number) for number in self.numbers)
        return tuple(replace(customer_row(number), custom=self.size_of(number)) for number in self.numbers)

    def size_of(self, number: int) -> str | None:
        """What stands in a column that no field means: another value for the same row in another file, or none."""
        return None if (number + self.sizes) % 3 == 0 else f"{number} in {self.sizes}"

    @property
    def text(self) -> str:
        title, told = (PAYMENTS, payment_text) if self.source == "till" else (CUSTOMERS, customer_text)
        broken = (
            [{"till": "p,nobody,1,2025-01-01,paid"}.get(self.source, "nobody,Eve,,1" + "," * 14)] if self.bad else []
        )
        return "\n".join([title, *(told(row) for row in self.rows), *broken]) + "\n"
