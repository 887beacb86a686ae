"""What a page shows of the tables: read of the snapshot alone, so that it holds up no run and waits for none."""

import base64
from decimal import Decimal

import dagster as dg

from assets.customers import DEPENDENCIES, snapshot_metadata, tables_metadata
from pipelines.home import Home
from pipelines.publishing.queries import SAMPLES, numbers_by_month
from pipelines.warehouse.write_lock import writer_lock
from tests.support.flow import import_text, undo


def test_what_is_shown_of_tables_waits_for_no_writer(home: Home) -> None:
    import_text(home, "email,name,total spent\nann@example.com,Ann,12.50\nbob@example.com,Bob,much\n")
    with writer_lock(home.working.with_suffix(".lock"), 0):
        shown = tables_metadata(home)
        assert snapshot_metadata(home)["customers rows"] == 1
    assert {name: metadata["dagster/row_count"] for name, metadata in shown.items()} == dict.fromkeys(shown, 1) | {
        "contacts": 0,
        "customer_groups": 0,
        "customer_custom_fields": 0,
        "payments": 0,
    }
    assert shown.keys() == DEPENDENCIES.keys() == SAMPLES.keys()


def test_accepted_rows_are_counted_while_their_import_counts(home: Home) -> None:
    first = import_text(home, "email,name\nann@example.com,Ann\nbob@example.com,Bob\n")
    import_text(home, "email,name\neve@example.com,Eve\n", name="other.csv")
    assert tables_metadata(home)["contributions"]["dagster/row_count"] == 3
    undo(home, first.import_id)
    assert tables_metadata(home)["contributions"]["dagster/row_count"] == 1


def test_before_the_first_import_tables_have_no_rows(home: Home) -> None:
    assert tables_metadata(home) == {name: {"dagster/row_count": 0} for name in DEPENDENCIES}
    assert not home.working.exists()


def test_payments_and_customers_are_drawn_by_month(home: Home) -> None:
    import_text(
        home,
        "email,amount,payment date\nann@example.com,12.50,2026-01-05\nann@example.com,7.25,2026-01-30\n"
        "bob@example.com,3.00,2026-03-02\n",
        profile="payments",
    )
    numbers = numbers_by_month(home.published)
    assert numbers == {
        "payments": {"2026-01": Decimal("19.75"), "2026-03": Decimal("3.00")},
        "customers": {"2026-01": 1, "2026-03": 2},
    }
    assert list(numbers["payments"]) == ["2026-01", "2026-03"]
    picture = tables_metadata(home)["payments"]["by month"]
    assert isinstance(picture, dg.MarkdownMetadataValue)
    drawn = base64.b64decode(picture.value.partition("base64,")[2].removesuffix(")")).decode()
    assert "2026-01" in drawn and ">19.75<" in drawn
