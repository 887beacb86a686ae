"""What the published tables say of an account's customers."""

from typing import Any

import polars as pl

from pipelines.home import Home
from tests.pipelines.stripe.states import Account, charge, customer
from tests.support.flow import table

ANA = customer("ana", "ana@example.com", "Ana Lima")


def of(home: Home, email: str) -> dict[str, Any]:
    rows = table(home).filter(pl.col("email") == email)
    assert rows.height == 1, f"{email}: {rows.height} customers"
    return rows.row(0, named=True)


def totals(home: Home, email: str = "ana@example.com") -> tuple[str, int, str]:
    row = of(home, email)
    return str(row["total_spent"]), row["payment_count"], str(row["refund_volume"])


def emails(home: Home) -> set[str]:
    return set(table(home)["email"].drop_nulls())


GUEST = charge("g", 700, None, 4, billing_email="Guest@Example.com", billing_name="Gil Guest")


ONE_CHARGE = Account([charge("1", 1000, "cus_ana")], customers=[ANA])
