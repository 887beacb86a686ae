"""Segments: who is in the ones that there are, and in those that a deployment declares."""

from datetime import timedelta
from pathlib import Path

import pytest

from pipelines.configuration.sources_file import read_sources
from pipelines.errors import WrongUse
from pipelines.home import Home
from pipelines.ledger import recompute
from pipelines.ledger.decisions.note_settings import note_settings
from tests.support.flow import AS_OF, NOW, import_text, table

LIST = """email,name,country,status,opt-in,groups,total spent,payment count,first payment date,last payment date
ana@example.com,Ana,FR,,1,VIP,5000,9,2026-08-01,2026-11-01
bob@example.com,Bob,FR,active,0,"vip, Club",1000,4,2016-01-01,2026-02-01
cam@example.com,Cam,PL,potential,,,40,1,2026-01-01,2026-01-01
dee@example.com,Dee,PL,,1,,,,,
"""


@pytest.fixture
def customers(home: Home) -> Home:
    import_text(home, LIST)
    return home


def members(home: Home, view: str) -> str:
    """The first letters of those whom a view shows."""
    return "".join(sorted(email[0] for email in table(home, view)["email"]))


def segments(home: Home) -> dict[str, str]:
    found: dict[str, str] = {}
    for segment, email in table(home, "customer_segments").select("segment", "email").sort("email").iter_rows():
        found[segment] = found.get(segment, "") + email[0]
    return found


def declare(home: Home, text: str) -> bool:
    path = home.root / "sources.yaml"
    path.write_text(text, "utf-8")
    return note_settings(home, read_sources(path))


@pytest.mark.rule("SC-12", "SC-13", "MO-07", "SC-10")
def test_the_segments_that_everybody_has(customers: Home) -> None:
    assert members(customers, "segment_high_value") == "ab"
    assert members(customers, "segment_new") == "abcd"
    assert members(customers, "active_customers") == "ab"
    assert members(customers, "mailable_customers") == "ad"
    assert segments(customers) == {"high_value": "ab", "new": "abcd"}
    recompute.prioritise_all(customers, AS_OF + timedelta(days=31))
    assert members(customers, "segment_new") == ""


CONDITIONS = {
    "{group: Vip}": "ab",
    "{group: club}": "b",
    "{country: PL}": "cd",
    "{country: PL, opt_in: true}": "d",
    "{opt_in: false}": "b",
    "{status: potential}": "cd",
    "{source: shop}": "abcd",
    "{source: other}": "",
    "{origin: file}": "abcd",
    "{spent_at_least: 1000}": "ab",
    "{spent_at_least: 1000.01}": "a",
    "{spent_below: 1000}": "c",
    "{payments_at_least: 4}": "ab",
    "{paid_within_days: 22}": "a",
    "{paid_within_days: 21}": "",
    "{not_paid_within_days: 200}": "bc",
    "{priority: high}": "a",
    "[{country: PL, opt_in: true}, {spent_at_least: 5000}]": "ad",
}
"""Of a segment, and whom it holds."""


@pytest.mark.rule("SC-13")
def test_a_segment_is_who_keeps_all_conditions_of_one_of_its_ways(customers: Home) -> None:
    told = "".join(f"  mine_{place}: {conditions}\n" for place, conditions in enumerate(CONDITIONS))
    assert declare(customers, f"segments:\n{told}")
    expected = {f"mine_{place}": who for place, who in enumerate(CONDITIONS.values()) if who}
    assert {name: who for name, who in segments(customers).items() if name.startswith("mine")} == expected
    before = segments(customers)
    recompute.rebuild(customers)
    assert segments(customers) == before


@pytest.mark.rule("SC-13")
def test_thresholds_are_told_in_the_configuration_and_taken_back(customers: Home) -> None:
    assert declare(customers, "segments: {high_value: {spent_at_least: 4000}, new: {first_seen_within_days: 1}}")
    assert (members(customers, "segment_high_value"), members(customers, "segment_new")) == ("a", "abcd")
    assert not declare(customers, "segments: {new: {first_seen_within_days: 1}, high_value: {spent_at_least: 4000}}")
    assert declare(customers, "base_currency: USD")
    assert members(customers, "segment_high_value") == "ab"
    assert not declare(customers, "base_currency: USD")


def test_nothing_is_noted_before_the_first_import(home: Home) -> None:
    home.root.mkdir(parents=True, exist_ok=True)
    assert not declare(home, "segments: {mine: {country: FR}}")


def test_segments_follow_the_customers(customers: Home) -> None:
    declare(customers, "segments: {spenders: {spent_at_least: 1000}}")
    import_text(customers, "email,name,total spent\ncam@example.com,Cam,960\n", name="more.csv", started_at=NOW)
    assert segments(customers)["spenders"] == "abc"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("segments: {mine: {}}", "without a condition"),
        ("segments: {mine: {prority: high}}", "did you mean priority"),
        ("segments: {mine: {priority: huge}}", "high"),
        ("segments: {mine: {country: France}}", "segments.mine"),
        ("segments: {Mine: {country: FR}}", "segments"),
        ("segments: {mine: {spent_at_least: -1}}", "greater than or equal to 0"),
        ("segments: {mine: 'spent > 5'}", "segments.mine"),
        ("segments: [mine]", "segments"),
    ],
)
def test_a_segment_that_cannot_be_is_told(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "sources.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(WrongUse, match=told):
        read_sources(path)
