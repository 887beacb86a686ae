"""localstripe runs here, answers Stripe's SDK, keeps its store when told to, and lives at another date."""

from pathlib import Path

import pytest
import stripe

from tests.stripe_peer import localstripe
from tests.stripe_peer.contract import violations
from tests.stripe_peer.localstripe import FAKETIME, KEY, running, seed
from tests.stripe_peer.sdk import client_of

DAY = 86_400


def test_it_answers_the_sdk_oldest_first_without_ranges() -> None:
    with running() as url, client_of(url, KEY) as client:
        made = seed(url, customers=2, charges=5)
        charges = list(client.v1.charges.list({"limit": 2}).auto_paging_iter())
        assert [found.id for found in charges] == [found.id for found in made["charges"]]
        assert [found.amount for found in charges] == [1000, 1001, 1002, 1003, 1004]
        emails = [found.email for found in client.v1.customers.list().auto_paging_iter()]
        assert emails == ["person0@example.com", "person1@example.com"]
        with pytest.raises(stripe.InvalidRequestError, match="Bad request"):
            client.v1.charges.list({"created": {"gte": 1, "lt": 2}})
        with pytest.raises(stripe.AuthenticationError):
            client.v1.charges.list(options={"api_key": "rk_test_1234567890"})


def test_its_refunds_keep_the_contract_and_its_charges_all_but_three_fields() -> None:
    with running() as url, client_of(url, KEY) as client:
        (paid,) = seed(url, customers=1, charges=1)["charges"]
        given = client.v1.refunds.create({"charge": paid.id, "amount": 400})
        assert violations("refund", given.to_dict()) == []
        missing = {found.partition(":")[0] for found in violations("charge", paid.to_dict())}
        assert missing == {"charge.amount_captured", "charge.billing_details", "charge.disputed"}
        assert client.v1.charges.retrieve(paid.id).amount_refunded == 400


@pytest.mark.skipif(not FAKETIME.exists(), reason="needs Debian's libfaketime")
def test_a_charge_is_refunded_180_days_later(tmp_path: Path) -> None:
    store = tmp_path / "store.pickle"
    with running(store, "-200d") as url:
        (paid,) = seed(url, customers=1, charges=1)["charges"]
    with running(store, "-20d") as url, client_of(url, KEY) as client:
        given = client.v1.refunds.create({"charge": paid.id, "amount": 400})
        (kept,) = client.v1.charges.list().data
        assert (kept.id, kept.amount_refunded) == (paid.id, 400)
        assert round((given.created - kept.created) / DAY) == 180


def test_a_server_that_does_not_come_up_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(localstripe, "PROGRAM", "raise SystemExit")
    monkeypatch.setattr(localstripe, "PATIENCE", 0.2)
    with pytest.raises(TimeoutError, match=r"127\.0\.0\.1"), running():
        pass
