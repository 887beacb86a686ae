"""Entries by hand: a person adds a customer, changes one, gives fields back; whatever files come and go."""

from decimal import Decimal
from uuid import UUID

import pytest

from pipelines.configuration.settings import Sources
from pipelines.erasure.erase import erase
from pipelines.errors import AlreadyDone, WrongUse
from pipelines.home import Home
from pipelines.ledger import recompute
from pipelines.ledger.decisions.enter_by_hand import rehearse_entry
from pipelines.ledger.decisions.low_spend_cleanup import clean_up, low_spend
from pipelines.manual_entry.read_entry import EntryRefused
from tests.support.by_hand import add, edit, order_to_add, order_to_edit, release
from tests.support.flow import NOW, derived, first_import, import_text, table, undo

LIST = "email,name,phone,city\nana@example.com,Ana,+33 1 99 00 12 34,Lyon\n"
NEWER = "email,name,phone,city\nana@example.com,Ana Lima,+33 1 99 00 56 78,Nice\nbob@example.com,Bob,,\n"


def of(home: Home, *columns: str, email: str = "ana@example.com") -> tuple[object, ...]:
    found = table(home).filter(email=email).select(columns)
    return found.row(0) if found.height else ()


@pytest.mark.rule("MO-01", "MO-02")
def test_a_customer_who_is_added_by_hand_is_there_with_its_origin(home: Home) -> None:
    number = "+33 1 99 00 12 34"
    done = add(home, email="ana@example.com", name="Ana", phone=number, groups="vip, press", status="aktywny")
    assert of(home, "name", "phone", "groups", "status", "origin", "sources", "total_spent") == (
        "Ana",
        "+33199001234",
        ["press", "vip"],
        "active",
        "manual",
        ["manual"],
        None,
    )
    entry = table(home, "import_history").row(0, named=True)
    assert (entry["import_id"], entry["source"], entry["imported_by"]) == (done.import_id, "manual", "Zoé")
    assert (entry["rows_read"], entry["rows_accepted"], entry["customers_created"]) == (1, 1, 1)
    assert entry["message"] == "stated by hand: email, name, phone, status, groups"


@pytest.mark.rule("MO-01")
def test_a_file_leads_to_whom_somebody_added_and_changes_nothing_that_was_stated(home: Home) -> None:
    add(home, email="Ana@Example.com", name="Ana B")
    import_text(home, LIST)
    assert of(home, "email", "name", "city", "origin", "sources", email="Ana@Example.com") == (
        "Ana@Example.com",
        "Ana B",
        "Lyon",
        "manual",
        ["manual", "shop"],
    )


@pytest.mark.rule("MO-06")
def test_a_consent_that_is_noted_by_hand_outlives_a_later_list(home: Home) -> None:
    people = "email,name,opt-in{}\nana@example.com,Ana,0{}\nbob@example.com,Bob,1{}\n"
    import_text(home, people.format("", "", ""))
    edit(home, "ana@example.com", opt_in="1")
    edit(home, "bob@example.com", opt_in="0")
    import_text(home, people.format(",city", ",Lyon", ",Nice"), name="newer.csv")
    assert dict(table(home).select("city", "opt_in").iter_rows()) == {"Lyon": True, "Nice": False}


@pytest.mark.slow
@pytest.mark.rule("MO-02", "AMB-13")
def test_what_somebody_states_wins_over_every_file_until_it_is_released(home: Home) -> None:
    import_text(home, LIST)
    edit(home, "ana@example.com", city="Łódź", phone="")
    assert of(home, "city", "phone", "name") == ("Łódź", None, "Ana")
    import_text(home, NEWER, name="newer.csv")
    assert of(home, "city", "phone", "name") == ("Łódź", None, "Ana Lima")
    release(home, "ana@example.com", "phone")
    assert of(home, "city", "phone", "name") == ("Łódź", "+33199005678", "Ana Lima")
    release(home, "ana@example.com", "city")
    assert of(home, "city", "phone", "name") == ("Nice", "+33199005678", "Ana Lima")


@pytest.mark.slow
@pytest.mark.rule("AMB-13")
def test_a_source_whose_values_always_count_does_not_go_before_a_person(home: Home) -> None:
    sources = Sources.model_validate({"sources": {"boss": {"update": {"city": "always", "status": "always"}}}})
    import_text(home, "email,name,city,status\nana@example.com,Ana,Lyon,active\n", "boss", sources=sources)
    edit(home, "ana@example.com", city="Nice", status="potential")
    import_text(home, "email,name,city,status\nana@example.com,Ana,Metz,active\n", "boss", "2.csv", sources=sources)
    assert of(home, "city", "status") == ("Nice", "potential")
    release(home, "ana@example.com", "city", "status")
    assert of(home, "city", "status") == ("Metz", "active")


@pytest.mark.slow
def test_each_entry_goes_with_its_undo_as_if_it_had_never_been(home: Home) -> None:
    import_text(home, LIST)
    before = derived(home)
    first = edit(home, "ana@example.com", city="Nice", groups="vip", account_manager="mia@example.com")
    between = derived(home)
    second = edit(home, "ana@example.com", city="Metz", groups="")
    third = release(home, "ana@example.com", "city", "groups")
    assert of(home, "city", "groups", "account_manager") == ("Lyon", None, "mia@example.com")
    undo(home, third.import_id)
    assert of(home, "city", "groups") == ("Metz", None)
    undo(home, second.import_id)
    assert all(between[name].equals(now) for name, now in derived(home).items())
    undo(home, first.import_id)
    assert all(before[name].equals(now) for name, now in derived(home).items())
    recompute.rebuild(home)
    assert all(before[name].equals(now) for name, now in derived(home).items())


def test_a_change_makes_nobody_known_and_waits_until_a_file_does(home: Home) -> None:
    first = import_text(home, LIST)
    edit(home, "ana@example.com", phone="+33 1 99 00 99 99")
    undo(home, first.import_id)
    assert table(home).is_empty()
    second = import_text(home, NEWER, name="newer.csv")
    assert of(home, "phone", "origin", "first_import_id") == ("+33199009999", "file", second.import_id)


def test_whoever_is_there_is_not_added_again(home: Home) -> None:
    import_text(home, LIST)
    with pytest.raises(WrongUse, match=r"customers edit ana@example\.com"):
        add(home, email="ANA@example.com", name="Ana")
    add(home, email="bob@example.com", name="Bob")
    with pytest.raises(AlreadyDone):
        add(home, email="bob@example.com", name="Bob")
    with pytest.raises(WrongUse, match=r"customers edit bob@example\.com"):
        add(home, email="bob@example.com", name="Bobby")
    assert table(home, "import_history").height == 2


@pytest.mark.slow
def test_the_same_change_again_is_told_to_be_there_already(home: Home) -> None:
    import_text(home, LIST)
    edit(home, "ana@example.com", city="Nice", opt_in="1")
    with pytest.raises(AlreadyDone):
        edit(home, "ana@example.com", city=" Nice ")
    release(home, "ana@example.com", "city")
    with pytest.raises(AlreadyDone):
        release(home, "ana@example.com", "city")
    edit(home, "ana@example.com", city="Nice")


@pytest.mark.parametrize(
    ("stated", "told"),
    [
        ({"phone": "12"}, "INVALID_PHONE"),
        ({"country": "Nowhereland"}, "UNKNOWN_COUNTRY"),
        ({"vat_number": "FR123"}, "INVALID_VAT_NUMBER"),
        ({"email": "ana.example.com"}, "INVALID_EMAIL"),
        ({"opt_in": "perhaps"}, "OPT_IN_VALUE"),
        ({"status": "asleep"}, "status"),
        ({"address": "4242 4242 4242 4242"}, "SENSITIVE_DATA"),
        ({"external_id": "1.2E+10"}, "SCIENTIFIC_NOTATION"),
    ],
)
def test_a_value_that_is_not_valid_refuses_the_whole_entry(home: Home, stated: dict[str, str], told: str) -> None:
    first_import(home, LIST)
    before = derived(home)
    with pytest.raises(EntryRefused, match=told) as refused:
        edit(home, "ana@example.com", city="Nice", **stated)
    assert "4242 4242" not in str(refused.value)
    with pytest.raises(EntryRefused, match=told):
        add(home, **{"email": "new@example.com", "name": "New", "city": "Nice"} | stated)
    assert all(before[name].equals(now) for name, now in derived(home).items())
    assert table(home, "import_history").height == 1


@pytest.mark.parametrize(
    ("stated", "told"),
    [
        ({"total_spent": "12"}, "Import a list with the difference"),
        ({"payment_count": "1"}, "Import a list with the difference"),
        ({"fist_name": "1"}, "did you mean first_name"),
        ({"origin": "file"}, "no field"),
        ({"name": " "}, "cannot be blanked"),
        ({"email": ""}, "cannot be blanked"),
        ({"opt_in": ""}, "neither yes nor no"),
        ({"consent_evidence": "a letter"}, "opt_in=1"),
        ({}, "say what is to change"),
    ],
)
def test_what_nobody_can_state_is_told_with_what_to_do(home: Home, stated: dict[str, str], told: str) -> None:
    first_import(home, LIST)
    with pytest.raises(WrongUse, match=told):
        edit(home, "ana@example.com", **stated)


@pytest.mark.parametrize(
    ("stated", "told"),
    [
        ({"email": "new@example.com"}, "MISSING_NAME"),
        ({"name": "New"}, "MISSING_EMAIL"),
        ({"name": "New", "city": "Nice"}, "MISSING_EMAIL"),
    ],
)
def test_a_new_customer_has_a_name_and_something_that_tells_it_from_others(
    home: Home, stated: dict[str, str], told: str
) -> None:
    with pytest.raises(EntryRefused, match=told):
        add(home, **stated)


@pytest.mark.parametrize(
    "stated",
    [
        {"company": "ACME", "external_id": "C-1"},
        {"first_name": "Léa", "last_name": "Bernard", "mobile": "+33 6 12 34 56 78"},
        {"name": "Léa", "email": "lea@example.com"},
    ],
)
def test_a_new_customer_may_be_a_company_or_have_a_number_alone(home: Home, stated: dict[str, str]) -> None:
    add(home, **stated)
    assert table(home)["name"].to_list() in (["ACME"], ["Léa Bernard"], ["Léa"])


def test_numbers_are_those_of_the_customers_country_else_of_the_manual_source(home: Home) -> None:
    import_text(home, "email,name,country\nana@example.com,Ana,Poland\nbob@example.com,Bob,\n")
    edit(home, "ana@example.com", phone="22 555 01 23")
    assert of(home, "phone", "country") == ("+48225550123", "PL")
    french = Sources.model_validate({"sources": {"manual": {"default_country": "FR", "locale": "fr"}}})
    with pytest.raises(EntryRefused):
        edit(home, "bob@example.com", phone="01 99 00 12 34")
    edit(home, "bob@example.com", sources=french, phone="01 99 00 12 34")
    assert of(home, "phone", email="bob@example.com") == ("+33199001234",)


def test_an_entry_is_shown_before_it_is_made(home: Home) -> None:
    first_import(home, LIST)
    before = derived(home)
    shown = rehearse_entry(home, Sources(), order_to_edit("ana@example.com", city="Nice", phone=""))
    assert [(each.field, each.rule, each.before, each.after) for each in shown.changes] == [
        ("phone", "cleared", "+33199001234", None),
        ("city", "by_hand", "Lyon", "Nice"),
    ]
    rehearse_entry(home, Sources(), order_to_add(email="new@example.com", name="New"))
    assert all(before[name].equals(now) for name, now in derived(home).items())


@pytest.mark.rule("UP-01")
def test_a_person_states_what_another_system_owns_and_is_told(home: Home) -> None:
    sources = Sources.model_validate({"sources": {"crm": {"owned_by": {"phone": "Salesforce"}}}})
    import_text(home, LIST)
    done = edit(home, "ana@example.com", sources=sources, phone="+33 1 99 00 99 99", city="Nice")
    (warning,) = done.warnings
    assert warning.startswith("OWNED_FIELD_BY_HAND") and "Salesforce" in warning and "crm" in warning
    assert of(home, "phone") == ("+33199009999",)


def test_whom_a_clean_up_removed_is_not_added_beside_it(home: Home) -> None:
    import_text(home, "email,name,total spent\nlow@example.com,Low,1.00\n")
    clean_up(home, Decimal(10), low_spend(home, Decimal(10))[1], "Zoé", NOW)
    with pytest.raises(WrongUse, match="clean-up"):
        add(home, email="low@example.com", name="Low")


def test_a_reference_that_was_stated_goes_when_another_takes_its_place(home: Home) -> None:
    import_text(home, "email,name,external id\nana@example.com,Ana,C-1\n")
    edit(home, "ana@example.com", external_id="C-2")
    edit(home, "ana@example.com", external_id="C-3")
    ids = table(home, "customer_external_ids").select("source", "external_id").rows()
    assert (of(home, "external_id"), ids) == (("C-3",), [("manual", "C-3"), ("shop", "C-1")])


def test_files_and_yaml_keep_away_from_the_source_of_entries_by_hand(home: Home) -> None:
    with pytest.raises(WrongUse, match="takes no files"):
        import_text(home, LIST, "manual")
    for wrong in ({"profile": "payments"}, {"kind": "stripe"}, {"amounts": "snapshot"}):
        with pytest.raises(ValueError, match="by hand"):
            Sources.model_validate({"sources": {"manual": wrong}})
    Sources.model_validate({"sources": {"manual": {"kind": "file", "locale": "pl"}}})


@pytest.mark.slow
@pytest.mark.rule("AMB-42")
def test_another_address_is_the_same_customer_and_both_lead_to_it(home: Home) -> None:
    import_text(home, LIST)
    (identity,) = of(home, "customer_id")
    edit(home, "ana@example.com", email="ana@new.example")
    assert of(home, "customer_id", "name", email="ana@new.example") == (identity, "Ana")
    import_text(home, NEWER, name="newer.csv")
    import_text(home, "email,name,total spent\nANA@new.example,Ana,5.00\n", "till", "till.csv")
    seen = of(home, "customer_id", "name", "city", "total_spent", "origin", email="ana@new.example")
    assert seen == (identity, "Ana", "Nice", Decimal(5), "file")
    assert sorted(table(home)["email"]) == ["ana@new.example", "bob@example.com"]
    before = derived(home)
    recompute.rebuild(home)
    assert all(before[name].equals(now) for name, now in derived(home).items())


def test_an_undo_of_another_address_parts_what_came_under_it(home: Home) -> None:
    import_text(home, LIST)
    done = edit(home, "ana@example.com", email="ana@new.example")
    import_text(home, "email,name\nana@new.example,Ana N\n", "till", "till.csv")
    assert table(home)["email"].to_list() == ["ana@new.example"]
    undo(home, done.import_id)
    assert sorted(table(home).select("email", "name").rows()) == [
        ("ana@example.com", "Ana"),
        ("ana@new.example", "Ana N"),
    ]


def test_the_address_of_another_customer_is_not_taken_from_it(home: Home) -> None:
    import_text(home, NEWER)
    with pytest.raises(WrongUse, match="another customer, bob"):
        edit(home, "ana@example.com", email="Bob@example.com")
    edit(home, "ana@example.com", email="ana@new.example")
    edit(home, "ana@new.example", email="Ana@Example.com")
    assert sorted(table(home)["email"]) == ["Ana@Example.com", "bob@example.com"]
    with pytest.raises(WrongUse, match=r"customers edit Ana@Example\.com"):
        add(home, email="ana@new.example", name="Somebody")


@pytest.mark.rule("AMB-42")
def test_a_client_whom_its_reference_identifies_gets_the_address_that_is_stated(home: Home) -> None:
    sources = Sources.model_validate({"sources": {"crm": {"profile": "upflow", "locale": "fr"}}})
    import_text(home, "Nom du client;Identifiant externe\nExemple SARL;C-1\n", "crm", sources=sources)
    edit(home, "C-1", email="desk@example.com")
    import_text(home, "email,name,total spent\ndesk@example.com,Desk,5.00\n", "till", "till.csv")
    assert table(home).select("email", "external_id", "total_spent").rows() == [("desk@example.com", "C-1", Decimal(5))]


@pytest.mark.slow
@pytest.mark.rule("PIT-72")
def test_whoever_was_erased_is_not_entered_again(home: Home) -> None:
    import_text(home, NEWER)
    edit(home, "ana@example.com", city="Metz")
    erase(home, "ana@example.com", "Zoé", NOW, UUID(int=7))
    with pytest.raises(EntryRefused, match="ERASED_PERSON"):
        add(home, email="ANA@example.com", name="Ana")
    with pytest.raises(EntryRefused, match="ERASED_PERSON"):
        edit(home, "bob@example.com", company="ask ana@example.com")
    with pytest.raises(EntryRefused, match="ERASED_PERSON"):
        edit(home, "bob@example.com", email="ana@example.com")
    edit(home, "bob@example.com", company="ACME")
    assert table(home)["email"].to_list() == ["bob@example.com"]
