"""The recorded extract in `samples/billing/`: its generator makes it, the contract holds, each rule has a case."""

import itertools
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.stripe_peer.contract import unknown, violations
from tests.stripe_peer.record import FOLDER, IN_OTHER_SAMPLES, lines, main, recorded

STREAMS = ("charges", "refunds", "customers")
Found = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def found() -> Found:
    return {
        stream: [json.loads(line) for line in (FOLDER / f"{stream}.jsonl").read_bytes().splitlines()]
        for stream in STREAMS
    }


def test_the_generator_gives_the_committed_bytes(tmp_path: Path) -> None:
    main(tmp_path)
    for stream in STREAMS:
        name = f"{stream}.jsonl"
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes(), (
            "run `python -m tests.stripe_peer.record`"
        )
    assert lines(recorded(), "refunds") == (FOLDER / "refunds.jsonl").read_bytes()


def test_every_object_keeps_the_contract(found: Found) -> None:
    objects = list(itertools.chain(*found.values()))
    told = [problem for one in objects for problem in violations(one["object"], one)]
    strange = [field for one in objects if not one.get("deleted") for field in unknown(one["object"], one)]
    assert told == strange == []


def test_the_lists_are_newest_first_and_a_deleted_customer_comes_last(found: Found) -> None:
    gone = found["customers"][-1]
    assert set(gone) == {"id", "object", "deleted"}
    assert gone["id"] in {one["customer"] for one in found["charges"]}
    for stream in STREAMS:
        instants = [one["created"] for one in found[stream] if "created" in one]
        assert instants == sorted(instants, reverse=True)
        assert len({one["id"] for one in found[stream]}) == len(found[stream])


def test_each_rule_of_the_sync_has_a_case(found: Found) -> None:
    charges, refunds, customers = (found[stream] for stream in STREAMS)
    assert (len(customers), len(charges), len(refunds)) == (62, 220, 25)
    states = Counter((one["status"], one["captured"]) for one in charges)
    assert min(states["failed", False], states["succeeded", False], states["pending", True]) >= 1
    assert set(Counter(one["currency"] for one in charges)) == {"usd", "eur", "jpy", "kwd", "isk"}
    assert any(one["customer"] is None and one["billing_details"]["email"] is None for one in charges)
    assert any(one["customer"] is None and one["billing_details"]["email"] for one in charges)
    assert sum(one["disputed"] for one in charges) == 3
    assert any(0 < one["amount_captured"] < one["amount"] for one in charges)
    assert {one["status"] for one in refunds} == {"succeeded", "pending", "failed"}
    assert max(Counter(one["charge"] for one in refunds).values()) >= 4


def test_some_share_an_address_some_have_none_and_some_are_in_other_samples(found: Found) -> None:
    emails = [(one.get("email") or "").strip().lower() for one in found["customers"]]
    assert [email for email, times in Counter(emails).items() if email and times > 1] == ["lea.fontaine@example.com"]
    assert emails.count("") == 3  # two without an address, and the deleted one
    others = "".join(
        path.read_text("utf-8-sig").lower() for path in FOLDER.parent.glob("*/*.csv") if path.parent != FOLDER
    )
    for line in IN_OTHER_SAMPLES:
        email = line.partition("<")[2].rstrip(">").lower()
        assert email in emails
        assert email in others
    assert all(email.endswith(("@example.com", "@example.org", "")) for email in emails)


def test_a_late_refund_comes_200_days_after_its_charge_and_charges_agree_with_their_refunds(found: Found) -> None:
    made = {one["id"]: one["created"] for one in found["charges"]}
    assert max(one["created"] - made[one["charge"]] for one in found["refunds"]) == 200 * 86_400
    given = Counter[str]()
    for one in found["refunds"]:
        given[one["charge"]] += one["amount"] * (one["status"] != "failed")
    assert all(given[one["id"]] == one["amount_refunded"] <= one["amount"] for one in found["charges"])
