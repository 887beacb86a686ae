"""Profiles: data that agree with the vocabulary, with each other and with the seeds."""

from dataclasses import fields

import pytest

from schemas.fields import fields_of
from schemas.profiles import (
    MAX_BYTES,
    NAMES,
    PROFILES,
    Need,
    Profile,
    identifies_every_row,
    missing_columns,
)

ALL_PROFILES = pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)


def profile(**rules: object) -> Profile:
    return Profile(**{"name": "any", "description": "of a test", "grain": "customer", "required": ()} | rules)


def test_there_is_a_profile_per_seed_a_default_and_one_for_payments() -> None:
    names = ["default", "askusers", "upflow", "reveal_field", "smartcrm", "mono_editor", "payments", "captured"]
    assert list(PROFILES) == names
    assert [PROFILES[name].name for name in names] == names


@ALL_PROFILES
def test_a_profile_asks_only_for_fields_of_its_grain(profile: Profile) -> None:
    known = {field.name for field in fields_of(profile.grain)}
    needed = {name for need in profile.needs for name in (*need.where, *need.one_of)}
    asked = {name for group in profile.groups for name in group} | needed | set(profile.recommended)
    assert asked <= known
    assert {column.field for column in profile.template} <= known
    assert set(profile.aliases.values()) <= known


@pytest.mark.rule("AMB-42")
@ALL_PROFILES
def test_a_row_that_fills_what_is_required_has_a_key(profile: Profile) -> None:
    assert identifies_every_row(profile)


@ALL_PROFILES
def test_a_template_has_a_column_for_all_that_is_required_and_no_title_twice(profile: Profile) -> None:
    assert missing_columns(profile, {column.field for column in profile.template}) == ()
    titles = [column.title.casefold() for column in profile.template]
    assert len(titles) == len(set(titles))
    assert all(column.note for column in profile.template)


@ALL_PROFILES
def test_a_profile_can_be_told_apart_in_a_set(profile: Profile) -> None:
    assert profile in {profile}


@pytest.mark.rule("AMB-33")
def test_the_default_profile_has_the_rules_of_askusers() -> None:
    default, askusers = PROFILES["default"], PROFILES["askusers"]
    titles = {"name", "description", "language", "template", "aliases"}
    differing = {
        field.name for field in fields(Profile) if getattr(default, field.name) != getattr(askusers, field.name)
    }
    assert differing <= titles
    assert (default.required, default.recommended) == (("email", "name"), ("total_spent",))
    assert (default.max_rows, default.largest("csv")) == (None, MAX_BYTES)


@pytest.mark.rule("RF-01", "RF-04", "RF-05", "RF-06", "RF-07", "RF-08", "RF-09", "RF-10", "RF-11")
def test_the_limits_of_reveal_field_are_those_of_its_seed() -> None:
    reveal = PROFILES["reveal_field"]
    assert set(reveal.formats) == {"csv", "xlsx", "xls"}
    assert [reveal.largest(kind) for kind in ("csv", "xls", "xlsx")] == [20_000_000, 10_000_000, 5_000_000]
    assert (reveal.max_rows, reveal.single_sheet, reveal.header_first) == (10_000, True, True)
    assert [name for name, profile in PROFILES.items() if profile.utf8_only] == ["reveal_field"]
    assert set(map(frozenset, reveal.required_one_of)) == {
        frozenset({"first_name", "last_name", "name"}),
        frozenset({"phone", "mobile"}),
    }


@pytest.mark.rule("SC-15")
@pytest.mark.parametrize(
    ("profile", "field", "called"),
    [
        ("smartcrm", "first_name", "Imię (first_name)"),
        ("smartcrm", "email", "email"),
        ("upflow", "contact_email", "Adresse mail (contact_email)"),
        ("default", "total_spent", "total_spent"),
        ("reveal_field", "name", "name"),
    ],
)
def test_a_field_is_called_as_its_template_calls_it_beside_our_own_name(profile: str, field: str, called: str) -> None:
    assert PROFILES[profile].called(field) == called


@pytest.mark.rule("SC-07", "SC-15", "SC-16")
def test_smartcrm_takes_csv_alone_and_stops_at_the_first_bad_row() -> None:
    smart = PROFILES["smartcrm"]
    assert (smart.formats, smart.row_policy) == (("csv",), "abort")
    assert (smart.required, smart.recommended) == (("first_name", "email"), ("phone",))


@pytest.mark.rule("MO-12", "MO-14")
def test_mono_takes_its_own_workbook_alone() -> None:
    mono = PROFILES["mono_editor"]
    assert (mono.formats, mono.mapping_mode, mono.header_first) == (("xlsx",), "strict_template", True)
    meanings = {column.title: column.field for column in mono.template}
    assert meanings["AdministrativeArea"] == "administrative_area"
    assert (meanings["Locality"], meanings["Organization"]) == ("city", "company")
    assert (meanings["Groups"], meanings["OptIn"]) == ("groups", "opt_in")


@pytest.mark.rule("AMB-28", "AMB-32")
@pytest.mark.parametrize("name", ["default", "askusers", "payments"])
def test_profiles_without_limits_take_any_format(name: str) -> None:
    assert set(PROFILES[name].formats) == {"csv", "xlsx", "xls", "xlsb", "ods"}
    assert (PROFILES[name].row_policy, PROFILES[name].max_reject_ratio) == ("skip", 0.5)


@pytest.mark.rule("AMB-25", "UP-20", "UP-24", "UP-25", "UP-26", "UP-27", "UP-28", "UP-29", "UP-30", "UP-31")
@pytest.mark.parametrize(
    ("columns", "missing"),
    [
        ({"name", "city", "vat_number"}, ()),
        ({"external_id", "account_manager"}, ()),
        ({"external_id", "dunning_plan"}, ()),
        ({"external_id", "contact_email"}, ()),
        ({"name", "contact_email", "contact_first_name"}, ()),
        ({"external_id", "groups"}, ()),
        ({"external_id", "city"}, ("name / account_manager / dunning_plan / groups / contact_email", "name")),
        ({"external_id"}, ("name / account_manager / dunning_plan / groups / contact_email",)),
        ({"name", "dunning_plan"}, ("external_id",)),
        ({"contact_email"}, ("name / external_id",)),
        ({"name", "contact_first_name"}, ("contact_email",)),
        ({"name", "group_reference"}, ("groups",)),
        ({"account_manager"}, ("name / external_id", "external_id")),
    ],
)
def test_each_block_of_upflow_asks_for_its_own_columns(columns: set[str], missing: tuple[str, ...]) -> None:
    assert missing_columns(PROFILES["upflow"], columns) == missing


@pytest.mark.parametrize(
    ("rules", "columns", "missing"),
    [
        ({"required": ("name",)}, {"first_name"}, ()),
        ({"required": ("name",)}, {"last_name"}, ()),
        ({"required": ("name",)}, {"company"}, ()),
        ({"required_one_of": (("name", "external_id"),)}, {"company"}, ()),
        ({"required_one_of": (NAMES,)}, {"company"}, (" / ".join(NAMES),)),
        ({"required": ("first_name",)}, {"name"}, ("first_name",)),
        ({"required_one_of": (("phone", "mobile"),)}, {"mobile"}, ()),
        ({"required_one_of": (("phone", "mobile"),)}, {"email"}, ("phone / mobile",)),
        ({"required": ("email",), "needs": (Need(("city",), ("country",)),)}, {"email"}, ()),
        ({"required": ("email",), "needs": (Need(("city",), ("country",)),)}, {"email", "city"}, ("country",)),
    ],
)
def test_a_column_is_missed_where_no_alternative_is_there(
    rules: dict[str, object], columns: set[str], missing: tuple[str, ...]
) -> None:
    assert missing_columns(profile(**rules), columns) == missing


@pytest.mark.rule("PIT-49")
@pytest.mark.parametrize(
    ("rules", "identified"),
    [
        ({"required": ("email",)}, True),
        ({"required": ("name",)}, False),
        ({"required": ("name",), "key": ("name",)}, True),
        ({"required": ("first_name",), "key": ("email", "name")}, True),
        ({"required": ("phone",), "key": ("phone",)}, False),
        ({"required": ("phone", "name"), "key": ("phone",)}, True),
        ({"required_one_of": (("phone", "mobile"), ("first_name", "last_name")), "key": ("phone",)}, True),
        ({"required_one_of": (("email", "external_id"),), "key": ("email", "external_id")}, True),
        ({"required_one_of": (("email", "external_id"),), "key": ("email",)}, False),
    ],
)
def test_a_profile_knows_whether_every_row_has_a_key(rules: dict[str, object], identified: bool) -> None:
    assert identifies_every_row(profile(**rules)) is identified
