"""What a warning must not say."""

import pytest

from pipelines.mapping.map_columns import map_columns
from schemas.profiles import PROFILES
from tests.support.factories import validated


@pytest.mark.rule("AMB-11")
def test_rejected_rows_that_repeat_were_not_added_and_are_not_warned_of() -> None:
    assert validated("email,name,total_spent\n,Ann,10\n,Ann,10\n").warnings == ()


@pytest.mark.rule("AU-14", "AU-15")
def test_a_column_that_is_mapped_explicitly_is_not_listed_as_ignored() -> None:
    mapping = map_columns(["email", "name", "Net"], PROFILES["default"], {"Net": "total_spent"}, ["Net"])
    assert ("total_spent" in mapping.titles) != ("Net" in mapping.ignored)
