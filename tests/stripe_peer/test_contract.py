"""The factories keep the SDK's own types, real samples too, and the check sees what does not."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.stripe_peer import objects
from tests.stripe_peer.contract import KINDS, LISTS, parameter_violations, parameters_of, unknown, violations
from tests.stripe_peer.objects import Object, charge, customer, deleted, refund

WHOLE = charge("ch_1", customer="cus_1", email="a@example.com", name="A", address={"city": "Lyon", "country": "FR"})
MADE = [
    WHOLE,
    charge("ch_2", status="failed", failure_code="expired_card"),
    charge("ch_3", status="pending"),
    charge("ch_4", captured=False, livemode=True),
    refund("re_1", WHOLE),
    refund("re_2", "ch_1", status="failed"),
    refund("re_3", "ch_1", status="pending"),
    customer("cus_1", email="a@example.com", name="A", address={"city": "Lyon"}),
    customer("cus_2"),
    deleted("cus_3"),
    objects.account(),
]


@pytest.mark.parametrize("made", MADE, ids=lambda made: f"{made['object']} {made['id']}")
def test_a_factory_object_has_the_types_of_the_sdk_and_no_field_it_does_not_know(made: Object) -> None:
    assert violations(made["object"], made) == []
    assert unknown(made["object"], made) == []


def test_a_charge_is_as_large_as_stripes_own() -> None:
    text = json.dumps(charge("ch_3KtQThJDPojXS6LN0YmgbxGj", customer="cus_J7Mkgr8mvbl1eK"), indent=2)
    assert 3_700 < len(text.replace("\n", "\n    ")) < 3_900


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ({"amount": "1000"}, "charge.amount: '1000', want int"),
        ({"amount": True}, "charge.amount: True, want int"),
        ({"billing_details": None}, "charge.billing_details: None, want an object (BillingDetails)"),
        ({"billing_details": {"email": 5}}, "charge.billing_details.email: 5, want str"),
        ({"status": 5}, "charge.status: 5 is of none of its types"),
        ({"object": "refund"}, "charge.object: 'refund' is none of its values"),
        ({"customer": 5}, "charge.customer: 5, want ExpandableField"),
        ({"refunds": []}, "charge.refunds: [], want ListObject"),
        ({"metadata": "x"}, "charge.metadata: 'x', want UntypedStripeObject"),
        ({"outcome": {"rule": None}}, "charge.outcome.type: missing, and the SDK says it is always there"),
    ],
)
def test_a_broken_object_is_told_by_its_field(broken: Object, told: str) -> None:
    assert violations("charge", WHOLE | broken) == [told]


def test_a_missing_field_and_a_stub_with_more_than_an_id_are_told() -> None:
    short = {field: value for field, value in WHOLE.items() if field != "currency"}
    assert violations("charge", short) == ["charge.currency: missing, and the SDK says it is always there"]
    assert violations("customer", deleted("cus_1") | {"email": None})
    assert unknown("charge", WHOLE | {"invoice": None}) == ["invoice"]


def test_parameters_are_those_of_the_sdk() -> None:
    asked = {"limit": 100, "created": {"gte": 1, "lt": 2}, "starting_after": "ch_1"}
    for stream in LISTS:
        assert parameter_violations(stream, asked) == []
    assert parameter_violations("charges", {"created": {"from": 1}, "limit": 101, "page": 2}) == [
        "charges: no parameter page",
        "charges.created: no bound from",
        "charges.limit: 101, want 1 to 100",
    ]
    assert "customer" in parameters_of("charges")
    assert "customer" not in parameters_of("refunds")


def samples(corpus: Path) -> dict[str, dict[str, Any]]:
    found = json.loads((corpus / "stripe-objects" / "fixtures3.json").read_text("utf-8"))["resources"]
    events = {path.name: json.loads(path.read_text("utf-8")) for path in (corpus / "stripe-events").glob("*.json")}
    known = {name: event["data"]["object"] for name, event in events.items()}
    return {kind: found[kind] for kind in KINDS} | events | {f"{name} object": one for name, one in known.items()}


def test_real_samples_keep_the_contract(corpus: Path) -> None:
    if not (corpus / "stripe-objects").is_dir():
        pytest.skip("the corpus has no Stripe objects")
    told = {
        name: violations(found["object"], found) for name, found in samples(corpus).items() if found["object"] in KINDS
    }
    assert len(told) > 80
    blanked_by_its_makers = {"customer_updated.json object": ["customer.subscriptions: {}, want ListObject"]}
    assert {name: found for name, found in told.items() if found} == blanked_by_its_makers
