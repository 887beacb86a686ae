"""The keys of events: known by name, and nothing by judgement."""

import pytest

from pipelines.errors import FileRefused, WrongUse
from pipelines.mapping.event_keys import map_event_keys
from schemas.profiles import PROFILES

CAPTURED = PROFILES["captured"]
NEEDED = ["kind", "at", "email"]


def test_every_key_of_the_profile_has_its_field() -> None:
    keys = [column.title for column in CAPTURED.template]
    mapping = map_event_keys(keys, CAPTURED, {}, [])
    assert {column.title: column.field for column in mapping.columns} == {
        column.title: column.field for column in CAPTURED.template
    }
    assert (mapping.unmapped, mapping.ignored) == ((), ())


@pytest.mark.parametrize("key", ["e_mail", "mail", "total", "kinds", "utm.source", "email.", "payment.id", "montant"])
def test_a_key_that_only_looks_like_one_is_named_and_left_out(key: str) -> None:
    assert map_event_keys([*NEEDED, key], CAPTURED, {}, []).unmapped == (key,)


def test_a_source_calls_keys_its_own_way_and_leaves_others_out() -> None:
    mapping = map_event_keys(["kind", "at", "courriel", "utm.source"], CAPTURED, {"Courriel": "email"}, ["utm.source"])
    assert mapping.titles["email"] == "courriel"
    assert (mapping.unmapped, mapping.ignored) == ((), ("utm.source",))


def test_two_keys_of_one_field_are_refused() -> None:
    with pytest.raises(FileRefused) as refused:
        map_event_keys([*NEEDED, "courriel"], CAPTURED, {"courriel": "email"}, [])
    assert refused.value.reason.code == "TOO_MANY_COLUMNS_FOR_FIELD"


def test_events_without_what_all_need_are_refused() -> None:
    with pytest.raises(FileRefused, match="event_at"):
        map_event_keys(["kind", "email"], CAPTURED, {}, [])


def test_a_field_that_events_do_not_have_is_told() -> None:
    with pytest.raises(WrongUse, match="total_spent"):
        map_event_keys([*NEEDED, "total"], CAPTURED, {"total": "total_spent"}, [])
