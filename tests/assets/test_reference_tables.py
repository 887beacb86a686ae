"""Reference tables in Dagster: what was read is shown, and each check says what breaks it."""

import dagster as dg
import pytest

from assets.definitions import build_definitions
from assets.instance.resources import FixedClock, Progress, Workspace
from pipelines.home import Home
from tests.support.flow import NOW

GOOD = "Email\nana@example.com\nbob@example.com\n"


def checked(home: Home, instance: dg.DagsterInstance, other: str | None) -> dict[str, tuple[bool, str]]:
    """Each check of the managers of two sources, the first of which has a good table, with what it found."""
    (home.root / "good.csv").write_text(GOOD, "utf-8")
    if other is not None:
        (home.root / "other.csv").write_text(other, "utf-8")
    declared = home.root / "sources.yaml"
    declared.write_text(
        "sources: {a: {account_managers: good.csv}, b: {account_managers: other.csv}, c: {kind: stripe}}", "utf-8"
    )
    workspace = Workspace(home=str(home.root), sources_file=str(declared))
    defs = build_definitions(workspace, FixedClock(instant=NOW.isoformat()), Progress())
    result = defs.resolve_job_def("read_reference_tables").execute_in_process(instance=instance)
    metadata = result.get_asset_materialization_events()[0].step_materialization_data.materialization.metadata
    assert metadata["dagster/row_count"].value == 2 + (other or "").count("@")
    return {
        told.check_name: (told.passed, str(told.metadata["found"].value))
        for told in result.get_asset_check_evaluations()
    }


@pytest.mark.parametrize(
    ("other", "broken", "told"),
    [
        (GOOD, None, ""),
        (None, "readable", "other.csv cannot be read: No such file"),
        ("Email\n", "not_empty", "other.csv holds nothing"),
        ("", "not_empty", "other.csv cannot be read"),
        ("Email\ncid@example.com\nCid@example.com\n", "unique", "b: Cid@example.com"),
    ],
)
def test_each_check_of_a_reference_table_sees_its_own_harm(
    home: Home, instance: dg.DagsterInstance, other: str | None, broken: str | None, told: str
) -> None:
    found = checked(home, instance, other)
    assert {name: passed for name, (passed, _) in found.items()} == {
        name: name != broken for name in ("readable", "not_empty", "unique")
    }
    if broken:
        assert told in found[broken][1]
