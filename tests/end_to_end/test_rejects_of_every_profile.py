"""The reject workbook and the reject CSV of every profile are taken back by that profile, mended and as they are."""

from pathlib import Path

import openpyxl
import polars as pl
import pytest

from pipelines.configuration.settings import FileSource, Sources
from pipelines.home import Home
from pipelines.models.staged_file import Outcome
from schemas.profiles import PROFILES, Profile
from tests.support.flow import import_file, table
from tests.support.homes import once
from tests.support.workbooks import xlsx

pytestmark = pytest.mark.slow

GOOD: dict[str, str] = {
    "email": "{name}@example.com",
    "contact_email": "{name}@example.com",
    "name": "{name}",
    "first_name": "{name}",
    "external_id": "ID-{name}",
    "phone": "+33 1 99 00 12 34",
    "amount": "12.50",
    "payment_date": "2024-01-31",
}
OF_LISTS = [profile for profile in PROFILES.values() if profile.grain != "event"]
ALL = pytest.mark.parametrize("profile", OF_LISTS, ids=lambda profile: profile.name)
KINDS = pytest.mark.parametrize("kind", ["xlsx", "csv"])


def sources_of(profile: Profile) -> Sources:
    return Sources(sources={"shop": FileSource(profile=profile.name)})


def rows_of(profile: Profile) -> list[list[str]]:
    """The titles of a profile's template and two rows, of which the second has a fault in the cell that is `BAD`."""
    titles = [column.title for column in profile.template]
    good = [GOOD.get(column.field, "").format(name="ana") for column in profile.template]
    faulty = "contact_email" if profile.name == "upflow" else "phone" if profile.name == "reveal_field" else "email"
    bad = [
        "BAD" if column.field == faulty else GOOD.get(column.field, "").format(name="bob")
        for column in profile.template
    ]
    return [titles, good, bad]


@once
def rejected(home: Home, name: str) -> Outcome:
    """A list with a fault, imported in the first format of its profile."""
    profile = PROFILES[name]
    rows = rows_of(profile)
    if "csv" in profile.formats:
        path = home.root / "list.csv"
        delimiter = profile.delimiters[0]
        path.write_text("\n".join(delimiter.join(row) for row in rows), "utf-8")
    else:
        path = home.root / "list.xlsx"
        path.write_bytes(xlsx(rows))
    outcome = import_file(home, path, sources=sources_of(profile))
    assert outcome.rows_rejected == 1, outcome
    return outcome


def sent_back(home: Home, profile: Profile, kind: str, identity: str, mend: str | None) -> Outcome:
    """The reject file, with the cell `BAD` mended if at all, as a person sends it back."""
    path = home.rejects / f"{identity}.{kind}"
    if mend is None:
        return import_file(home, path, sources=sources_of(profile))
    if kind == "csv":
        path = _written(home.root / f"mended.{kind}", path.read_text("utf-8-sig").replace("BAD", mend))
    else:
        book = openpyxl.load_workbook(path)
        for cell in book.active[2]:
            cell.value = mend if cell.value == "BAD" else cell.value
        path = home.root / f"mended.{kind}"
        book.save(path)
    return import_file(home, path, sources=sources_of(profile))


def _written(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8-sig")
    return path


@ALL
@KINDS
def test_a_mended_reject_file_of_any_profile_is_taken_back_in_both_formats(
    home: Home, profile: Profile, kind: str
) -> None:
    before = rejected(home, profile.name)
    mended = "+33 1 99 00 12 35" if profile.name == "reveal_field" else "bob@example.com"
    outcome = sent_back(home, profile, kind, before.import_id, mended)
    assert (outcome.status, outcome.rows_accepted, outcome.reject_codes) == ("done", 1, {})
    found = table(home, "rejected_rows").filter(severity="row")
    assert found["resolved_by_import_id"].to_list() == [outcome.import_id]


@ALL
def test_a_reject_file_that_nobody_mended_is_rejected_again_for_the_same_reason(home: Home, profile: Profile) -> None:
    before = rejected(home, profile.name)
    outcome = sent_back(home, profile, "xlsx", before.import_id, None)
    assert outcome.reject_codes == before.reject_codes
    assert outcome.status == ("refused" if profile.row_policy == "abort" else "done_with_rejects")


@pytest.mark.parametrize("name", ["upflow", "smartcrm", "mono_editor"])
def test_a_list_in_a_format_that_its_profile_does_not_take_is_refused_for_that(home: Home, name: str) -> None:
    profile = PROFILES[name]
    rows = rows_of(profile)[:2]
    path = home.root / ("list.csv" if name == "mono_editor" else "list.xlsx")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("\n".join(",".join(row) for row in rows).encode() if path.suffix == ".csv" else xlsx(rows))
    outcome = import_file(home, path, sources=sources_of(profile))
    assert [reason.code for reason in outcome.reasons] == ["INVALID_FILE_FORMAT"]
    assert table(home).equals(pl.DataFrame(schema=table(home).schema))
