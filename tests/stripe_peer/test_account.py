"""The account answers as Stripe's lists do: order, ranges, cursors, refusals, and changes under way."""

import itertools
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import CursorGone, KeyRefused, ObjectGone, PermissionMissing, RequestRefused, StripeUnavailable
from pipelines.stripe.api.protocol import Account, Query
from tests.stripe_peer import answers, changes
from tests.stripe_peer.account import EVERYTHING, KEY, FakeAccount, InProcess, Key
from tests.stripe_peer.contract import violations
from tests.stripe_peer.objects import CREATED, Object, charge, customer, refund


def charges(*instants: int) -> list[Object]:
    return [charge(f"ch_{number}", created=instant) for number, instant in enumerate(instants)]


def ask(account: FakeAccount, path: str = "/v1/charges", key: str | None = KEY, **parameters: object) -> Any:
    told = {name.replace("__", "[") + ("]" if "__" in name else ""): str(value) for name, value in parameters.items()}
    answer = account.answer("GET", path, told, key)
    return json.loads(answer.body) | {"status": answer.status}


def ids(page: Mapping[str, Any]) -> list[str]:
    return [found["id"] for found in page["data"]]


def walk(account: Account, stream: str = "charges", **bounds: int) -> list[str]:
    """Every id of a list, page after page."""
    found: list[str] = []
    while True:
        cursor = found[-1] if found else None
        page = json.loads(account.page(Query(stream, cursor=cursor, **bounds)))  # type: ignore[arg-type]  # a stream
        assert page["data"] or not found
        found += ids(page)
        if not page["has_more"]:
            return found


def test_a_list_is_newest_first_and_the_last_added_first_within_a_second() -> None:
    page = ask(FakeAccount(charges(5, 9, 9, 7)))
    assert ids(page) == ["ch_2", "ch_1", "ch_3", "ch_0"]
    assert (page["object"], page["url"], page["has_more"]) == ("list", "/v1/charges", False)


def test_an_object_that_changes_keeps_its_place_unless_its_second_changes() -> None:
    account = FakeAccount(charges(5, 9, 9, 7))
    account.change("ch_1", amount=5)
    assert ids(ask(account)) == ["ch_2", "ch_1", "ch_3", "ch_0"]
    account.change("ch_1", created=1)
    assert ids(ask(account)) == ["ch_2", "ch_3", "ch_0", "ch_1"]


def test_ten_objects_a_page_unless_more_are_asked_for_and_never_more_than_a_hundred() -> None:
    account = FakeAccount(charges(*range(150)))
    assert len(ask(account)["data"]) == 10
    assert len(ask(account, limit=100)["data"]) == 100
    assert [ask(account, limit=100, created__gte=gte)["has_more"] for gte in (49, 50)] == [True, False]
    assert ask(account, limit=101)["error"]["param"] == "limit"
    assert ask(account, limit=0)["status"] == 400


@pytest.mark.parametrize(
    ("bounds", "found"),
    [
        ({"created__gte": 7}, [9, 8, 7]),
        ({"created__gt": 7}, [9, 8]),
        ({"created__lt": 7}, [6, 5]),
        ({"created__lte": 7}, [7, 6, 5]),
        ({"created__gte": 6, "created__lt": 8}, [7, 6]),
        ({"created": 8}, [8]),
        ({"created__gte": 10}, []),
    ],
)
def test_ranges_have_the_ends_that_they_name(bounds: dict[str, int], found: list[int]) -> None:
    account = FakeAccount(charges(5, 6, 7, 8, 9))
    assert [one["created"] for one in ask(account, **bounds)["data"]] == found


def test_a_cursor_goes_on_where_it_stands_in_both_directions() -> None:
    account = FakeAccount(charges(1, 2, 3, 3, 3, 4))
    older = ask(account, limit=2, starting_after="ch_4")
    assert (ids(older), older["has_more"]) == (["ch_3", "ch_2"], True)
    newer = ask(account, limit=2, ending_before="ch_2")
    assert (ids(newer), newer["has_more"]) == (["ch_4", "ch_3"], True)
    assert ids(ask(account, ending_before="ch_4")) == ["ch_5"]
    assert ask(account, starting_after="ch_1", ending_before="ch_2")["status"] == 400


@given(st.lists(st.integers(0, 9), max_size=60), st.integers(1, 7), st.integers(0, 9), st.integers(0, 10))
def test_a_walk_gives_every_object_of_its_range_once(instants: list[int], limit: int, gte: int, lt: int) -> None:
    made = charges(*instants)
    account = InProcess(made)
    expected = [one["id"] for one in sorted(made, key=lambda one: one["created"]) if gte <= one["created"] < lt]
    assert sorted(walk(account, limit=limit, gte=gte, lt=lt)) == sorted(expected)
    assert walk(account, limit=limit) == account.ids("charges")


def test_unknown_parameters_and_cursors_are_refused_as_stripe_does() -> None:
    account = FakeAccount(charges(1))
    for name, parameter in {"page": "page", "created__from": "created[from]"}.items():
        told = ask(account, **{name: 1})
        assert (told["status"], told["error"]["code"]) == (400, "parameter_unknown")
        assert told["error"]["message"] == f"Received unknown parameter: {parameter}"
    lost = ask(account, starting_after="ch_none")
    assert (lost["status"], lost["error"]["code"], lost["error"]["param"]) == (
        400,
        "resource_missing",
        "starting_after",
    )
    assert ask(FakeAccount(lost_cursor=404), starting_after="ch_none")["status"] == 404
    assert ask(account, expand="data.customer")["status"] == 400
    assert ask(account, created="yesterday")["error"]["message"] == "Invalid integer: yesterday"


def test_filters_of_a_list_are_those_of_stripe() -> None:
    made = [
        charge("ch_1", customer="cus_1"),
        charge("ch_2", customer="cus_2"),
        customer("cus_1", email="A@example.com"),
    ]
    account = FakeAccount([*made, refund("re_1", "ch_1"), refund("re_2", "ch_2")])
    assert ids(ask(account, customer="cus_1")) == ["ch_1"]
    assert ids(ask(account, "/v1/refunds", charge="ch_2")) == ["re_2"]
    assert ids(ask(account, "/v1/customers", email="a@example.com")) == []
    assert ids(ask(account, "/v1/customers", email="A@example.com")) == ["cus_1"]


def test_a_deleted_customer_leaves_a_stub_and_its_charges_stay() -> None:
    account = FakeAccount([customer("cus_1", email="a@example.com"), charge("ch_1", customer="cus_1")])
    account.delete("cus_1")
    assert ask(account, "/v1/customers")["data"] == []
    stub = ask(account, "/v1/customers/cus_1")
    assert stub == {"id": "cus_1", "object": "customer", "deleted": True, "status": 200}
    assert ids(ask(account)) == ["ch_1"]
    assert ask(account, "/v1/customers", starting_after="cus_1")["error"]["code"] == "resource_missing"


def test_objects_appear_late_by_requests_and_by_time() -> None:
    account = FakeAccount(charges(1))
    account.add(charge("ch_soon", created=2), after_requests=2)
    account.add(charge("ch_later", created=3), from_time=60)
    assert ids(ask(account)) == ["ch_0"]
    assert ask(account, "/v1/charges/ch_later")["status"] == 404
    assert ask(account, "/v1/charges", starting_after="ch_later")["error"]["code"] == "resource_missing"
    account.change("ch_later", amount=5)
    assert ids(ask(account)) == ["ch_soon", "ch_0"]
    account.now = 60
    assert ids(ask(account)) == ["ch_later", "ch_soon", "ch_0"]


def test_objects_come_and_go_between_pages() -> None:
    account = InProcess(charges(*range(10)))
    account.before("charges", 2, lambda there: there.add(charge("ch_new", created=99)))
    account.before("charges", 3, lambda there: there.vanish("ch_0"))
    assert walk(account, limit=3) == [f"ch_{number}" for number in range(9, 0, -1)]
    assert account.ids("charges")[0] == "ch_new"


def test_a_hook_may_break_the_walk_as_a_crash_does() -> None:
    def crash(_: FakeAccount) -> None:
        raise StripeUnavailable("gone")

    account = InProcess(charges(1))
    account.before("charges", 1, crash)
    with pytest.raises(StripeUnavailable, match="gone"):
        account.page(Query("charges"))
    assert account.page(Query("charges"))


def test_a_hook_may_answer_in_the_accounts_place() -> None:
    account = InProcess(charges(1))
    account.before("charges", 1, lambda _: answers.page("charges", [], has_more=True))
    account.before("charges", 2, lambda _: answers.broken(503))
    assert json.loads(account.page(Query("charges"))) == {
        "object": "list",
        "data": [],
        "has_more": True,
        "url": "/v1/charges",
    }
    with pytest.raises(StripeUnavailable, match="one of our backends"):
        account.page(Query("charges"))
    assert walk(account) == ["ch_0"]


def test_a_key_reads_what_it_was_given_and_is_told_what_it_lacks() -> None:
    keys = {"rk_live_abcd1234": Key(frozenset({"customers"})), "sk_test_all12345": Key(EVERYTHING)}
    account = FakeAccount(identity="acct_1", keys=keys)
    assert ask(account, "/v1/customers", key="rk_live_abcd1234")["status"] == 200
    told = ask(account, key="rk_live_abcd1234")
    assert told["status"] == 403
    assert told["error"]["message"] == (
        "The provided key 'rk_live_****1234' does not have the required permissions for this endpoint on account "
        "'acct_1'. Having the 'rak_charge_read' permission would allow this request to continue."
    )
    for endpoint in EVERYTHING:
        assert ask(account, f"/v1/{endpoint}", key="sk_test_all12345")["status"] == 200
    assert account.answer("POST", "/v1/customers", {}, "sk_test_all12345").status == 403


def test_a_key_that_is_none_or_wrong_or_expired_is_refused_without_repeating_it() -> None:
    account = FakeAccount(keys={"rk_test_longgone99": Key(expired=True)})
    for key, told in {
        None: "did not provide",
        "rk_test_unknown00": "Invalid API Key",
        "rk_test_longgone99": "Expired",
    }.items():
        found = ask(account, key=key)
        assert found["status"] == 401
        assert told in found["error"]["message"]
        assert key is None or key not in found["error"]["message"]


def test_in_process_it_raises_the_products_own_errors() -> None:
    account = InProcess([customer("cus_1")], keys={KEY: Key(frozenset({"customers"}))})
    assert json.loads(account.one("customers", "cus_1"))["id"] == "cus_1"
    with pytest.raises(PermissionMissing) as missing:
        account.page(Query("charges"))
    assert missing.value.permission == "rak_charge_read"
    with pytest.raises(ObjectGone, match="cus_2"):
        account.one("customers", "cus_2")
    with pytest.raises(CursorGone):
        account.page(Query("customers", cursor="cus_2"))
    with pytest.raises(RequestRefused):
        account.page(Query("customers", limit=500))
    account.keys.clear()
    with pytest.raises(KeyRefused):
        account.page(Query("customers"))


def test_what_happens_to_a_payment_keeps_charge_and_refunds_in_agreement() -> None:
    account = FakeAccount([charge("ch_1", amount=1000), charge("ch_2", amount=2000, captured=False)])
    changes.give_back(account, "ch_1", "re_1", amount=300)
    changes.give_back(account, "ch_1", "re_2", status="pending")
    assert (account.get("ch_1")["amount_refunded"], account.get("ch_1")["refunded"]) == (1000, True)
    changes.refund_becomes(account, "re_2", "failed")
    assert (account.get("ch_1")["amount_refunded"], account.get("ch_1")["refunded"]) == (300, False)
    changes.capture(account, "ch_2", 500)
    taken = account.get("ch_2")
    assert (taken["amount"], taken["amount_captured"], taken["amount_refunded"]) == (2000, 500, 1500)
    assert account.get("re_2")["failure_reason"]


def test_an_authorisation_that_nobody_captures_is_released_as_a_refund() -> None:
    account = FakeAccount([charge("ch_1", amount=1000, captured=False)])
    changes.expire(account, "ch_1")
    released = account.get("ch_1")
    assert (released["captured"], released["amount_refunded"], released["refunded"]) == (False, 1000, True)
    assert account.get("re_1released")["reason"] == "expired_uncaptured_charge"


def test_a_pending_charge_fails_and_another_is_disputed() -> None:
    account = FakeAccount([charge("ch_1", status="pending"), charge("ch_2")])
    changes.fail(account, "ch_1")
    changes.dispute(account, "ch_2")
    assert (account.get("ch_1")["status"], account.get("ch_1")["paid"]) == ("failed", False)
    assert account.get("ch_2")["disputed"] is True
    for identity in itertools.chain(*map(account.ids, ("charges", "refunds"))):
        assert violations(account.get(identity)["object"], account.get(identity)) == []
    assert account.get("ch_2")["created"] == CREATED
