"""The charts of the analyst's page: spend over time, cohorts by first payment, quality of imports over time.

Lives here: what stands on which axis. Not here: the numbers (`overview.py`), drawing (`charts.py`). Each is an empty
text where there is nothing to draw.
"""

from datetime import date
from decimal import Decimal

import polars as pl

from pipelines.exploring.charts import stacked_bars

MOST_IMPORTS = 60
"""The newest, for a bar must be wide enough to point at."""


def spend_over_time(spend: pl.DataFrame, currency: str) -> str:
    """What was paid in each month, by source; a month without payments is a gap that is seen."""
    if spend.is_empty():
        return ""
    months = _months(spend["month"])
    paid = {(month, source): spent for month, source, spent in spend.select("month", "source", "spent").iter_rows()}
    series = {
        source: [paid.get((month, source), Decimal(0)) for month in months]
        for source in spend["source"].unique().sort()
    }
    return stacked_bars("Paid by month and source", [f"{month:%Y-%m}" for month in months], series, currency)


def cohorts_by_first_payment(cohorts: pl.DataFrame) -> str:
    """How many customers paid first in each month, and how many of them paid again in a later one."""
    if cohorts.is_empty():
        return ""
    months = _months(cohorts["first_payment"])
    counted = {
        month: (again, customers - again)
        for month, customers, again in cohorts.select("first_payment", "customers", "paid_again_later").iter_rows()
    }
    pairs = [counted.get(month, (0, 0)) for month in months]
    series = {"paid again in a later month": [again for again, _ in pairs], "not since": [once for _, once in pairs]}
    return stacked_bars("Customers by month of their first payment", [f"{month:%Y-%m}" for month in months], series)


def quality_of_imports(imports: pl.DataFrame) -> str:
    """Accepted and rejected rows of the newest imports, in the order in which they came."""
    shown = imports.head(MOST_IMPORTS).reverse()
    places = [f"{started:%m-%d} {source}" for started, source in shown.select("started_at", "source").iter_rows()]
    series = {name: shown[f"rows_{name}"].fill_null(0).to_list() for name in ("accepted", "rejected")}
    return stacked_bars("Rows of each import", places, series, "rows")


def _months(found: pl.Series) -> list[date]:
    span = pl.select(pl.date_range(found.min(), found.max(), "1mo"))  # type: ignore[arg-type]  # the least of days is one
    return span.to_series().to_list()
