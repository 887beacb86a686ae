"""What happens to one payment in lists that people keep, and short calls that import such rows."""

from pipelines.configuration.settings import Sources
from pipelines.home import Home
from tests.support.flow import import_text, table

TITLES = "order number,email,amount,date,status,refunded amount\n"
TILL = Sources.model_validate({"sources": {"till": {"profile": "payments"}}})
Told = dict[str, tuple[int, int, int]]
"""By customer what it spent, in how many payments, and what was refunded."""

Scenes = dict[str, tuple[list[str], Told]]
"""What happens to one number, row by row, and what it comes to."""


def take(home: Home, *rows: str, name: str = "a.csv", source: str = "till", overlap: str | None = None) -> str:
    """Import rows such as `7 ana 10 03-01 paid 4`: number, who, amount, month and day, state, refund."""
    lines = [line(row.split()) for row in rows]  # blank lines make equal rows other bytes
    profile = "payments" if source != "till" else None
    outcome = import_text(
        home,
        TITLES + "".join(lines) + "\n" * len(name),
        source,
        name,
        sources=TILL,
        profile=profile,
        on_overlap=overlap,
    )
    assert outcome.status == "done", outcome
    return outcome.import_id


def line(parts: list[str]) -> str:
    number, who, amount, day, state, refund = [*parts, "paid", ""][:6] if len(parts) == 4 else [*parts, ""][:6]
    return f"{number.strip('-')},{who}@example.com,{amount},2026-{day},{state},{refund}\n"


def spent(home: Home) -> Told:
    """By customer what it spent, in how many payments, and what was refunded."""
    rows = table(home).select("email", "total_spent", "payment_count", "refund_volume").rows()
    return {email.split("@")[0]: (int(total), count, int(back or 0)) for email, total, count, back in rows}


SCENES: Scenes = {
    "instalments of one bill": (["7 ana 500 01-10", "7 ana 300 02-10", "7 ana 200 03-10"], {"ana": (1000, 3, 0)}),
    "two payers of one bill": (["7 ana 30 03-01", "7 bob 40 03-01"], {"ana": (30, 1, 0), "bob": (40, 1, 0)}),
    "two payers of equal shares": (["7 ana 30 03-01", "7 bob 30 03-01"], {"ana": (30, 1, 0), "bob": (30, 1, 0)}),
    "a refund beside its sale": (["7 ana 100 03-01", "7 ana -30 03-04"], {"ana": (100, 1, 30)}),
    "a whole refund beside its sale": (["7 ana 100 03-01", "7 ana -100 03-01"], {"ana": (100, 1, 100)}),
    "two refunds of one sale": (["7 ana 9 03-01", "7 ana -3 03-04", "7 ana -3 03-05"], {"ana": (9, 1, 6)}),
    "the lines of one order": (["7 ana 70 03-01", "7 ana 70 03-01"], {"ana": (70, 1, 0)}),
    "a number every month": (["7 ana 9 01-05", "7 ana 9 02-05", "7 ana 9 03-05"], {"ana": (27, 3, 0)}),
    "two amounts on one day": (["7 ana 9 01-05", "7 ana 8 01-05"], {"ana": (17, 2, 0)}),
    "pending, then paid": (["7 ana 9 01-05 pending", "7 ana 9 01-05 paid"], {"ana": (9, 1, 0)}),
    "pending, paid on another day": (["7 ana 9 01-05 pending", "7 ana 9 01-08 paid"], {"ana": (9, 1, 0)}),
    "failed, then paid": (["7 ana 9 01-05 failed", "7 ana 9 01-05 paid"], {"ana": (9, 1, 0)}),
    "failed, paid on another day": (["7 ana 9 01-05 failed", "7 ana 9 01-08 paid"], {"ana": (9, 1, 0)}),
    "paid, then failed": (["7 ana 9 01-05 paid", "7 ana 9 01-05 failed"], {"ana": (9, 1, 0)}),
    "paid, then pending": (["7 ana 9 01-05 paid", "7 ana 9 01-05 pending"], {"ana": (9, 1, 0)}),
    "paid, then unpaid": (["7 ana 9 01-05 paid", "7 ana 9 01-05 unpaid"], {"ana": (9, 1, 0)}),
    "refunded, then failed": (["7 ana 9 01-05 refunded 9", "7 ana 9 01-05 failed"], {"ana": (9, 1, 9)}),
    "failed, then pending": (["7 ana 9 01-05 failed", "7 ana 9 01-05 pending"], {"ana": (0, 0, 0)}),
    "paid, then charged back": (["7 ana 9 01-05 paid", "7 ana 9 01-05 chargeback"], {"ana": (0, 0, 0)}),
    "paid, then a late failure": (["7 ana 9 01-05 paid", "7 ana 9 01-05 late_failure"], {"ana": (0, 0, 0)}),
    "paid, then cancelled": (["7 ana 9 01-05 paid", "7 ana 9 01-05 cancelled"], {"ana": (0, 0, 0)}),
    "paid, cancelled later": (["7 ana 9 01-05 paid", "7 ana 9 01-08 cancelled"], {"ana": (0, 0, 0)}),
    "paid, refunded later": (["7 ana 9 01-05 paid", "7 ana 9 01-08 refunded 9"], {"ana": (9, 1, 9)}),
    "the refund column grows": (["7 ana 9 01-05 paid", "7 ana 9 01-05 paid 4"], {"ana": (9, 1, 4)}),
    "one month of three fails": (
        ["7 ana 9 01-05", "7 ana 9 02-05", "7 ana 9 03-05 failed"],
        {"ana": (18, 2, 0)},
    ),
    "one month of three is refunded": (
        ["7 ana 9 01-05", "7 ana 9 02-05", "7 ana 9 03-05 refunded 9"],
        {"ana": (27, 3, 9)},
    ),
    "another customer's payment is not ended": (
        ["7 ana 9 01-05 paid", "7 bob 9 01-05 cancelled"],
        {"ana": (9, 1, 0), "bob": (0, 0, 0)},
    ),
    "no number": (["- ana 9 01-05", "- ana 9 01-05"], {"ana": (18, 2, 0)}),
}
