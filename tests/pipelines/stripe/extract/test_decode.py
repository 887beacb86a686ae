"""What is read of Stripe's objects, which of them are set aside, and which break their page."""

import json

import polars as pl
import pytest

from pipelines.errors import ObjectGone, PageBroken, StripeUnavailable
from pipelines.stripe.api.protocol import STREAMS, Query, Stream
from pipelines.stripe.extract.decode import Facts, Page, gone, object_of, page_of, rows_of
from schemas.stripe import READ
from tests.pipelines.stripe.lists import Object, body, charge, customer, refund

CHARGES = Query("charges")


def rows(query: Query, *told: object) -> pl.DataFrame:
    return rows_of(query.stream, [page_of(query, body(told))])


def ids(page: Page) -> list[str]:
    return [one.id for one in page.objects]


def without(one: Object, *names: str) -> Object:
    return {name: value for name, value in one.items() if name not in names}


@pytest.mark.parametrize("stream", STREAMS)
def test_every_list_has_the_columns_that_are_read(stream: Stream) -> None:
    one = {"charges": charge, "refunds": refund, "customers": customer}[stream](1, 50)
    assert dict(rows(Query(stream), one).schema) == READ[stream]
    assert dict(rows(Query(stream)).schema) == READ[stream]


def test_a_charge_is_read_whole() -> None:
    told = charge(7, 50, customer="cus_1", receipt_email="a@x.io", failure_code="card_declined")
    row = rows(CHARGES, told).row(0, named=True)
    expected = {name: told.get(name) for name in READ["charges"]}
    assert row == expected | {"billing_email": "u7@example.com", "billing_name": "Zoé"}


@pytest.mark.rule("AMB-20")
def test_names_of_customers_are_read_wherever_they_stand() -> None:
    told = customer(1, 50, name=None, individual_name="Zoé 😀", business_name="\u0000=cmd|'x'")
    row = rows(Query("customers"), told).row(0, named=True)
    assert (row["name"], row["individual_name"], row["business_name"]) == (None, "Zoé 😀", "\u0000=cmd|'x'")
    assert row["deleted"] is False


@pytest.mark.scenario(44)
def test_fields_and_values_that_nobody_knows_are_accepted() -> None:
    told = charge(1, 50, status="weird", brand_new={"of": ["any", 1, None]}, currency="xyz")
    page = page_of(CHARGES, body([told]))
    assert rows(CHARGES, told)["status"].to_list() == ["weird"]
    assert page.surprises == ()


@pytest.mark.scenario(44)
@pytest.mark.parametrize("stream", STREAMS)
def test_missing_optional_fields_are_accepted(stream: Stream) -> None:
    told = {"id": "x_1", "amount": 5, "currency": "usd", "created": 50}
    row = rows(Query(stream), told).row(0, named=True)
    assert {name: value for name, value in row.items() if value is not None} == (
        {"id": "x_1", "created": 50, "deleted": False} if stream == "customers" else told
    )


@pytest.mark.scenario(44)
@pytest.mark.parametrize("name", ["id", "amount", "currency", "created"])
@pytest.mark.parametrize("null", [True, False])
def test_an_object_without_what_every_object_has_breaks_its_page(name: str, null: bool) -> None:
    broken = charge(2, 50) | {name: None} if null else without(charge(2, 50), name)
    with pytest.raises(PageBroken, match=rf"^charges after ch_9 \(.*\): object 2 has no {name}, as"):
        page_of(Query("charges", cursor="ch_9"), body([charge(1, 60), broken]))


def test_all_that_is_missing_is_named() -> None:
    with pytest.raises(PageBroken, match="object 1 has no created, as"):
        page_of(Query("customers"), body([without(customer(1, 5), "created")]))
    with pytest.raises(PageBroken, match="object 1 has no amount, created, as"):
        page_of(Query("refunds"), body([without(refund(1, 5), "created", "amount")]))


@pytest.mark.parametrize("broken", [charge(2, 50, id=""), charge(2, 50, id=17), "ch_000002", ["x"], 5])
def test_an_object_that_cannot_be_named_breaks_its_page(broken: object) -> None:
    with pytest.raises(PageBroken, match="object 2"):
        page_of(CHARGES, body([charge(1, 60), broken]))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"amount": "12"}, "amount"),
        ({"amount": 12.5}, "amount"),
        ({"amount": True}, "amount"),
        ({"amount": 2**63}, "amount"),
        ({"captured": "yes"}, "captured"),
        ({"billing_details": []}, "billing_details"),
        ({"billing_details": {"email": 5}}, "email"),
        ({"customer": {"id": "cus_1"}}, "customer"),
        ({"currency": 840}, "currency"),
    ],
)
def test_a_surprising_object_is_set_aside_with_its_id_and_reason(fields: Object, reason: str) -> None:
    strange = charge(2, 55, **fields)
    page = page_of(CHARGES, body([charge(1, 60), strange, charge(3, 50)], more=True))
    assert ids(page) == ["ch_000001", "ch_000003"]
    (surprise,) = page.surprises
    assert surprise.id == "ch_000002"
    assert f"$.{reason}" in surprise.reason or f".{reason}`" in surprise.reason
    assert json.loads(surprise.raw) == strange
    assert page.facts == Facts(more=True, last="ch_000003", seen=50, seconds=10)


@pytest.mark.parametrize("created", ["50", 1e300, -1, 10**12])
def test_a_last_object_without_a_time_leaves_the_cursor_and_no_time(created: object) -> None:
    page = page_of(CHARGES, body([charge(1, 60), charge(2, 0) | {"created": created}], more=True))
    assert page.facts == Facts(more=True, last="ch_000002", seen=None)
    assert [surprise.id for surprise in page.surprises] == ["ch_000002"]


def test_a_page_that_is_not_newest_first_tells_no_time() -> None:
    assert page_of(CHARGES, body([charge(1, 50), charge(2, 60)], more=True)).facts.seen is None


@pytest.mark.parametrize("half", [b"\\ud83d", b"\\ude00", b"\xff"])
def test_half_a_character_costs_a_mark_and_nothing_else(half: bytes) -> None:
    told = body([charge(1, 60, billing_details={"name": "A-HALF-B"}), charge(2, 50)]).replace(b"HALF", half)
    page = page_of(CHARGES, told)
    assert page.surprises == ()
    assert rows_of("charges", [page])["billing_name"][0] in ("A-?-B", "A-\ufffd-B")
    assert ids(page) == ["ch_000001", "ch_000002"]


@pytest.mark.scenario(30)
def test_an_empty_page_that_promises_more_is_an_error() -> None:
    with pytest.raises(PageBroken, match="never end"):
        page_of(CHARGES, body([], more=True))
    assert page_of(CHARGES, body([])).facts == Facts(more=False, last=None, seen=None)


@pytest.mark.scenario(30)
@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_a_cursor_that_does_not_advance_is_an_error(order: tuple[int, int]) -> None:
    stuck = Query("charges", cursor="ch_000002")
    with pytest.raises(PageBroken, match=r"after ch_000002 \(.*\): .* never end"):
        page_of(stuck, body([charge(number, 50) for number in order], more=True))


@pytest.mark.parametrize("told", [b"[]", b'"x"', b'{"data": 5, "has_more": false}', b'{"data": []}', b'{"error": {}}'])
def test_an_answer_that_is_no_list_breaks(told: bytes) -> None:
    with pytest.raises(PageBroken, match="no list of objects"):
        page_of(CHARGES, told)


@pytest.mark.parametrize("told", [b"", b"<html>", b'{"data": [{"id": "ch_1"'])
def test_an_answer_that_is_no_json_may_be_tried_again(told: bytes) -> None:
    with pytest.raises(StripeUnavailable, match="no JSON"):
        page_of(CHARGES, told)


def test_a_single_object_is_read_like_one_of_a_page() -> None:
    page = object_of("charges", "ch_000001", json.dumps(charge(1, 60)).encode())
    assert rows_of("charges", [page]).equals(rows(CHARGES, charge(1, 60)))
    strange = object_of("charges", "ch_000001", json.dumps(charge(1, 60, amount="1")).encode())
    assert strange.objects == ()
    assert [surprise.id for surprise in strange.surprises] == ["ch_000001"]


@pytest.mark.scenario(20)
def test_the_stub_of_a_deleted_customer_is_a_customer() -> None:
    stub = {"id": "cus_1", "object": "customer", "deleted": True}
    page = object_of("customers", "cus_1", json.dumps(stub).encode())
    expected = dict.fromkeys(READ["customers"]) | {"id": "cus_1", "deleted": True}
    assert rows_of("customers", [page]).row(0, named=True) == expected
    assert rows(Query("customers"), stub).row(0, named=True) == expected
    with pytest.raises(PageBroken, match="customers/cus_1 has no created"):
        object_of("customers", "cus_1", json.dumps(stub | {"deleted": False}).encode())


def test_what_is_gone_is_a_stub_or_a_surprise() -> None:
    error = ObjectGone("no such thing")
    stub = gone("customers", "cus_1", error)
    assert rows_of("customers", [stub]).select("id", "deleted").rows() == [("cus_1", True)]
    lost = gone("charges", "ch_1", error)
    assert lost.objects == ()
    assert lost.surprises[0][:2] == ("ch_1", "gone: no such thing")
