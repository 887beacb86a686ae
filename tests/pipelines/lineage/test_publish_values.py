"""The lineage of everybody is published when it is asked for, and never outlives the state that it tells of."""

from datetime import UTC, datetime

import polars as pl
import pytest

from pipelines.customers import batches
from pipelines.errors import WrongUse
from pipelines.home import Home
from pipelines.ledger.decisions.merge_customers import Deciding, merge_customers
from pipelines.ledger.recompute import publish
from pipelines.lineage.customer_values import values_of
from pipelines.lineage.known_now import known_now
from pipelines.lineage.publish_values import publish_with_values
from tests.support.flow import first_import, import_text, table

LISTED = (
    "email,name,phone,total spent\nana@example.com,Ana,+33612345678,10\nbo@example.com,Bo,,5\nci@example.com,Ci,,1\n"
)
NEWER = "email,name,total spent\nana@example.com,Ana Lima,2.50\ndi@example.com,Di,\n"
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def published_values(home: Home) -> list[dict[str, object]]:
    return _sorted(table(home, "customer_values"))


def shown_values(home: Home) -> list[dict[str, object]]:
    """What `customers show` says, customer by customer."""
    with known_now(home) as connection:
        ids = [
            str(identity)
            for (identity,) in connection.sql("SELECT customer_id FROM snapshot.main.customers").fetchall()
        ]
        return _sorted(pl.concat([values_of(connection, home, identity) for identity in ids]))


def _sorted(values: pl.DataFrame) -> list[dict[str, object]]:
    told = values.with_columns(pl.col("customer_id").cast(pl.String))
    return sorted(told.to_dicts(), key=lambda value: str([*value.values()]))


@pytest.mark.slow
@pytest.mark.matrix(1)
@pytest.mark.rule("AMB-13")
@pytest.mark.parametrize("batch", [1_000_000, 10])
def test_what_is_published_is_what_is_shown_of_each_customer_whatever_the_share(
    home: Home, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    first_import(home, LISTED)
    import_text(home, NEWER, "crm", "crm.csv")
    merge_customers(home, "bo@example.com", "ci@example.com", Deciding("Eva", NOW))
    monkeypatch.setattr(batches, "BATCH", batch)
    parts: list[str] = []
    publish_with_values(home, parts.append)
    assert len(parts) == (1 if batch > 100 else 3)
    assert published_values(home) == shown_values(home)
    assert table(home, "customer_values")["customer_id"].n_unique() == 3


def test_nothing_is_left_of_it_after_the_next_change_or_the_next_publish(home: Home) -> None:
    first_import(home, LISTED)
    assert published_values(home) == []
    for change in (lambda: publish(home), lambda: import_text(home, NEWER, "crm", "crm.csv")):
        publish_with_values(home)
        assert published_values(home) != []
        change()
        assert published_values(home) == []


def test_without_any_import_there_is_nothing_to_publish(home: Home) -> None:
    with pytest.raises(WrongUse):
        publish_with_values(home)
