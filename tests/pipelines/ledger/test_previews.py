"""The preview says before what the import says after, over all rows, and leaves nothing behind (AU-16, SC-17)."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.configuration.settings import Sources
from pipelines.home import Home
from pipelines.intake.import_request import Options, Request
from pipelines.intake.inbox import Arrival
from pipelines.ledger.previews import Preview, preview
from tests.support.flow import AS_OF, NOW, derived, import_file, import_text, table

TITLES = "email,name,total_spent,first_payment_date,Shoe size\n"
LINES = [
    "a@x.fr,Ana,10.50,2026-01-05,38",
    "b@x.fr,Bo,7,2026-02-01,41",
    "nobody,Cy,1,2026-01-01,40",
    "d@x.fr,,5,,",
    ",,,,",
]


def seen(home: Home, path: Path, **options: object) -> Preview:
    request = Request(Arrival(path, "shop"), "tester", NOW, AS_OF, Options.model_validate(options))
    return preview(request, home, Sources())


def dropped(home: Home, lines: list[str], name: str = "list.csv") -> Path:
    path = home.root / name
    path.write_text(TITLES + "".join(line + "\n" for line in lines), "utf-8")
    return path


def files_of(home: Home) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(home.root.rglob("*")) if path.is_file()}


@pytest.mark.slow
@settings(max_examples=15)
@given(lists=st.lists(st.lists(st.sampled_from(LINES), max_size=8), min_size=1, max_size=3))
def test_the_prediction_is_the_result_whatever_came_before(
    tmp_path_factory: pytest.TempPathFactory, lists: list[list[str]]
) -> None:
    home = Home(tmp_path_factory.mktemp("home"))
    for place, lines in enumerate(lists):
        path = dropped(home, lines, f"{place}.csv")
        predicted = seen(home, path).outcome
        assert predicted == import_file(home, path).model_copy(update={"reject_file": None})


@pytest.mark.rule("SC-17", "AU-16")
def test_a_preview_changes_no_table_and_leaves_no_file(home: Home) -> None:
    import_text(home, TITLES + LINES[0] + "\n")
    path = dropped(home, LINES)
    before, tables = set(files_of(home)), derived(home)
    seen(home, path)
    assert set(files_of(home)) == before
    assert all(rows.equals(derived(home)[name]) for name, rows in tables.items())
    assert table(home, "import_history").height == 1


def test_before_the_first_import_a_preview_makes_no_database(home: Home) -> None:
    outcome = seen(home, dropped(home, LINES)).outcome
    assert (outcome.customers_created, outcome.rows_rejected) == (2, 2)
    assert not home.working.exists()
    assert not home.published.exists()


@pytest.mark.rule("RF-14", "RF-15", "AU-16")
def test_it_shows_every_column_with_its_meaning_and_first_values(home: Home) -> None:
    shown = seen(home, dropped(home, LINES), ignore=["Shoe size"])
    columns = {column.header: (column.field, column.how, column.samples) for column in shown.columns}
    assert columns["total_spent"] == ("total_spent", "exact", ("10.50", "7", "1"))
    assert list(columns) == TITLES.strip().split(",")
    assert columns["Shoe size"] == (None, "ignored", ("38", "41", "40"))
    assert (shown.format, shown.dialect["delimiter"]) == ("csv", ",")
    assert {reject.code for reject in shown.first_rejects} == {"INVALID_EMAIL", "MISSING_NAME"}


def test_a_refused_file_is_previewed_as_refused(home: Home) -> None:
    path = home.root / "phones.csv"
    path.write_text("phone\n1\n", "utf-8")
    outcome = seen(home, path).outcome
    assert (outcome.status, outcome.reasons[0].code) == ("refused", "MISSING_REQUIRED_COLUMN")


def test_a_repeated_file_is_previewed_as_held_with_its_choices(home: Home) -> None:
    lines = [f"c{number}@x.fr,N,{number},2026-01-01," for number in range(1, 21)]
    import_text(home, TITLES + "".join(line + "\n" for line in lines[:15]))
    outcome = seen(home, dropped(home, lines)).outcome
    assert (outcome.status, [choice.name for choice in outcome.choices]) == (
        "held",
        ["add", "skip_identical", "replace"],
    )


def test_events_have_no_row_of_titles_to_show(home: Home) -> None:
    path = home.root / "events.ndjson"
    path.write_text(
        '{"kind": "form", "email": "ana@example.com", "name": "Ana", "at": "2026-05-04T09:30:00Z"}\n', "utf-8"
    )
    shown = seen(home, path)
    assert (shown.format, shown.dialect, shown.outcome.rows_accepted) == ("ndjson", {"encoding": "utf-8"}, 1)
    assert seen(home, dropped(home, LINES)).dialect["header_row"] == 1
