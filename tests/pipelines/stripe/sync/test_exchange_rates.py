"""Rates: what is a table of them, and amounts converted exactly, rounded once."""

from decimal import ROUND_HALF_UP, Context, Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.errors import WrongUse
from pipelines.stripe.sync.exchange_rates import RATE, converted, read_rates
from schemas.base import MONEY

MANY_DIGITS = Context(prec=60)

amounts = st.integers(-(10**12), 10**12).map(lambda units: Decimal(units).scaleb(-3))
rates = st.integers(1, 10**12).map(lambda units: Decimal(units).scaleb(-10))


def in_base(amount: Decimal | None, rate: Decimal | None) -> Decimal | None:
    frame = pl.DataFrame({"paid": [amount], "rate": [rate]}, schema={"paid": MONEY, "rate": RATE})
    found: Decimal | None = frame.select(converted("paid")).item()
    return found


@pytest.mark.rule("AMB-19")
@given(amounts, rates)
@example(Decimal("0.300"), Decimal("0.0049999999"))
@example(Decimal("0.001"), Decimal("0.5"))
@example(Decimal("-0.001"), Decimal("0.5"))
@example(Decimal("100000000000.001"), Decimal("99.9999999999"))
def test_an_amount_is_converted_exactly_and_rounded_once_half_away_from_zero(amount: Decimal, rate: Decimal) -> None:
    exact = MANY_DIGITS.multiply(amount, rate)
    assert in_base(amount, rate) == exact.quantize(Decimal("0.001"), ROUND_HALF_UP, MANY_DIGITS)


@pytest.mark.rule("AMB-19")
def test_without_a_rate_or_an_amount_nothing_is_converted() -> None:
    assert in_base(Decimal(1), None) is None
    assert in_base(None, Decimal(1)) is None


@pytest.mark.parametrize(
    "line",
    [
        "2026-01-01,EUR,1.12345678901",
        "2026-01-01,EUR,1e-3",
        '2026-01-01,EUR,"1,1"',
        "2026-01-01,EUR,-1",
        "2026-01-01,EUX,1.1",
        "2026-01-01,EURO,1.1",
        "2026-01-01,€,1.1",
        "2026-01-01,EUR,",
    ],
)
def test_a_rate_that_could_only_be_rounded_or_ignored_is_refused_by_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "rates.csv"
    path.write_text(f"date,currency,rate\n2026-01-02,EUR,1.10\n{line}\n", "utf-8")
    with pytest.raises(WrongUse, match=r"rates\.csv, line 3: .*at most 10 decimals"):
        read_rates(path, "USD")


def test_ten_decimals_and_zeros_behind_them_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    path.write_text("date,currency,rate\n2026-01-01,eur,1.1234567891000\n2026-01-01,JPY,0.0062500000\n", "utf-8")
    read = dict(read_rates(path, "USD").select("currency", "rate").rows())
    assert read == {"EUR": Decimal("1.1234567891"), "JPY": Decimal("0.00625"), "USD": Decimal(1)}
