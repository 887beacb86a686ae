"""Each of the scenarios of stripe.md 6.4 and 7b has a test that is marked with its number."""

from tests.support.marked_rules import shown

SCENARIOS = range(1, 67)


def test_every_scenario_has_a_test() -> None:
    assert {int(each.id) for each in shown("scenario")} == set(SCENARIOS)
