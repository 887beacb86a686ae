"""What a warning must not say."""

from pipelines.mapping.map_columns import map_columns
from schemas.profiles import PROFILES
from tests.support.factories import validated


def test_rejected_rows_that_repeat_were_not_added_and_are_not_warned_of_amb_11() -> None:
    assert validated("email,name,total_spent\n,Ann,10\n,Ann,10\n").warnings == ()


def test_a_column_that_is_mapped_explicitly_is_not_listed_as_ignored_au_14_au_15() -> None:
    mapping = map_columns(["email", "name", "Net"], PROFILES["default"], {"Net": "total_spent"}, ["Net"])
    assert ("total_spent" in mapping.titles) != ("Net" in mapping.ignored)
