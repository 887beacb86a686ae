"""Payments sent twice whose numbers are spelt in two ways are told, for both count (PIT-100)."""

import pytest

from pipelines.configuration.settings import FileSource, Sources
from pipelines.home import Home
from tests.support.flow import import_text

TITLES = "Payment ID,Email,Date,Amount,Status"
SOURCES = Sources(base_currency="USD", sources={"shop": FileSource(profile="payments", locale="en")})


def told(home: Home, row: str, name: str) -> bool:
    """Whether the import of a payment is told to spell the number of another one."""
    outcome = import_text(home, f"{TITLES}\n{row}\n", name=name, sources=SOURCES)
    return any("PAYMENT_NUMBER_SPELT_OTHERWISE" in warning for warning in outcome.warnings)


@pytest.mark.slow
@pytest.mark.rule("PIT-100")
def test_a_number_in_another_spelling_is_told_where_customer_day_and_amount_agree(home: Home) -> None:
    assert not told(home, "#00123-a,ann@example.com,2026-01-30,10,paid", "1.csv")
    assert told(home, "123-A,ann@example.com,2026-01-30,10,paid", "2.csv")
    assert told(home, "00123 a,Ann@example.com,2026-01-30,10.00,paid", "3.csv")
    others = ("124-A,ann@example.com,2026-01-30,10", "0123a,bob@example.com,2026-01-30,10")
    for place, row in enumerate(
        (*others, "0123a,ann@example.com,2026-01-31,10", "0123a,ann@example.com,2026-01-30,11")
    ):
        assert not told(home, f"{row},paid", f"other{place}.csv")
