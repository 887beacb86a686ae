"""Ordinary lists against the file gate: no limit of a profile stops what it is meant for."""

from pathlib import Path

import pytest

from pipelines.configuration.settings import FileSource
from pipelines.errors import FileRefused
from pipelines.mapping.map_columns import map_columns
from pipelines.models.context import Terms
from pipelines.reading.read_file import read_file
from pipelines.validation.file_limits import check_bytes, check_format, check_rejects, check_sheet
from pipelines.validation.validate import validate
from schemas.profiles import PROFILES, Profile
from tests.corpus import Line
from tests.support.factories import AS_OF

pytestmark = pytest.mark.slow

GATE = {"FILE_TOO_LARGE", "TOO_MANY_ROWS", "REJECT_RATIO_EXCEEDED"}
LIMITED = ("default", "askusers", "reveal_field")
IN_POUNDS = "enterprise-customers-100.csv"
"""A list of a deployment in pounds; one in dollars rejects every row of it, for want of a rate (AMB-19)."""


def stopped_by(path: Path, profile: Profile) -> str | None:
    """The code that the file is refused with; None where it passes."""
    content = path.read_bytes()
    try:
        check_bytes(len(content), profile)
        sheet = read_file(content)
        check_format(sheet.format, len(content), profile)
        check_sheet(sheet, profile)
        if profile.name != "reveal_field":
            base = "GBP" if path.name == IN_POUNDS else "USD"
            terms = Terms("lists", FileSource(profile=profile.name, locale="en"), profile, base, AS_OF)
            validation = validate(sheet, map_columns(sheet.titles, profile), terms)
            check_rejects(sheet.row_count, validation.rejected_count, profile)
    except FileRefused as refusal:
        return refusal.reason.code
    return None


def measure(corpus: Path) -> list[Line]:
    """For each profile with limits, how many of the ordinary lists its limits let pass."""
    lists = sorted(path for path in (corpus / "faker-lists").glob("*.csv") if "expected" not in path.name)
    lines = []
    for name in LIMITED:
        codes = [stopped_by(path, PROFILES[name]) for path in lists]
        stopped = sum(code in GATE for code in codes)
        lines.append(Line(f"file gate, {name}", len(codes), codes.count(None), stopped))
    return lines


@pytest.mark.rule("AMB-31", "AMB-34")
def test_no_limit_stops_an_ordinary_list(corpus: Path) -> None:
    assert {line.topic: line.wrong for line in measure(corpus)} == {f"file gate, {name}": 0 for name in LIMITED}
