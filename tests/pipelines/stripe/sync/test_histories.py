"""Any history of an account, synced at any moments, gives what its end says: stripe.md 6.4, scenario 35.

The second opinion is plain Python over the account's objects; it knows nothing of extracts, ledgers or frames.
"""

from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.home import Home
from pipelines.ledger import recompute
from tests.pipelines.stripe.syncs import sync
from tests.stripe_peer import changes, objects
from tests.stripe_peer.account import InProcess
from tests.support.flow import table

pytestmark = pytest.mark.slow

EMAILS = ("ana@example.com", "Ana@Example.com", "bo@example.com", "cy@example.com")
Totals = dict[str, tuple[Decimal, int, Decimal]]


class History:
    """An account and what happens to it; `seen` remembers the addresses of customers when they were last read.

    Whoever is deleted before that is known by nothing: Stripe lists no customer that is gone.
    """

    def __init__(self) -> None:
        self.account = InProcess()
        self.now = objects.CREATED
        self.email_of: dict[str, str] = {}
        self.seen: dict[str, str] = {}
        self.charges: list[str] = []
        self.refunds: list[str] = []
        self.alive: list[str] = []

    def created(self) -> int:
        self.now += 977
        return self.now

    def customer(self, number: int) -> None:
        identity, email = f"cus_{len(self.email_of):03}", EMAILS[number % len(EMAILS)]
        self.account.add(objects.customer(identity, email=email, created=self.created()))
        self.email_of[identity] = email
        self.alive.append(identity)

    def charge(self, number: int) -> None:
        owner = self.alive[number % len(self.alive)] if self.alive and number % 4 else None
        state = ("succeeded", "succeeded", "pending", "failed")[number // 7 % 4]
        captured = False if state == "succeeded" and number % 5 == 0 else None
        identity = f"ch_{len(self.charges):03}"
        made = objects.charge(
            identity, amount=100 + number, customer=owner, created=self.created(), status=state, captured=captured,
            email=EMAILS[number // 3 % len(EMAILS)] if owner is None else None, receipt_email=None,
        )  # fmt: skip
        self.account.add(made)
        self.charges.append(identity)

    def refund(self, number: int) -> None:
        for identity in self.charges[number % 7 :: 7][:1]:
            paid = self.account.get(identity)
            left = paid["amount"] - paid["amount_refunded"]
            if paid["status"] == "succeeded" and paid["captured"] and left > 1:
                state = "pending" if number % 3 == 0 else "succeeded"
                name = f"re_{len(self.refunds):03}"
                changes.give_back(
                    self.account, identity, name, amount=1 + number % left, created=self.created(), status=state
                )
                self.refunds.append(name)

    def later(self, number: int) -> None:
        """Something that was open is settled."""
        for identity in self.charges[number % 5 :: 5]:
            found = self.account.get(identity)
            if found["status"] == "pending":
                changes.fail(self.account, identity)
            elif found["status"] == "succeeded" and not found["captured"] and not found["amount_refunded"]:
                changes.capture(self.account, identity)
        for identity in self.refunds[number % 4 :: 4]:
            if self.account.get(identity)["status"] == "pending":
                changes.refund_becomes(self.account, identity, "failed" if number % 2 else "succeeded")

    def rename(self, number: int) -> None:
        if self.alive:
            identity, email = self.alive[number % len(self.alive)], EMAILS[number // 2 % len(EMAILS)]
            self.account.change(identity, email=email)
            self.email_of[identity] = email

    def delete(self, number: int) -> None:
        if len(self.alive) > 1:
            self.account.delete(self.alive.pop(number % len(self.alive)))

    def read(self) -> None:
        """A sync reads every customer there is."""
        self.seen |= {identity: self.email_of[identity] for identity in self.alive}

    def expected(self) -> Totals:
        known = {self.email_of[identity].lower() for identity in self.alive}
        totals: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        for identity in self.charges:
            paid = self.account.get(identity)
            owner = self.seen.get(paid["customer"], "") if paid["customer"] else paid["billing_details"]["email"]
            if paid["status"] == "succeeded" and paid["captured"] and owner.lower() in known:
                mine = totals[owner.lower()]
                mine[0], mine[1], mine[2] = mine[0] + paid["amount"], mine[1] + 1, mine[2] + paid["amount_refunded"]
        return {email: (Decimal(t[0]) / 100, t[1], Decimal(t[2]) / 100) for email in known for t in [totals[email]]}


STEPS: dict[str, Callable[[History, int], None]] = {
    name: getattr(History, name) for name in ("customer", "charge", "refund", "later", "rename", "delete")
}
WEIGHTED = (*STEPS, "charge", "charge", "customer", "sync", "sync", "sweep")


def found(home: Home) -> Totals:
    rows = table(home).select("email", "total_spent", "payment_count", "refund_volume").rows()
    return {email.lower(): (total, count, refunds) for email, total, count, refunds in rows}


@pytest.mark.scenario(35)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(WEIGHTED), st.integers(0, 400)), min_size=8, max_size=30))
def test_any_history_synced_at_any_moments_gives_what_its_end_says(steps: list[tuple[str, int]]) -> None:
    with TemporaryDirectory() as folder:
        home, history = Home(Path(folder) / "data"), History()
        history.customer(0)
        for name, number in (*steps, ("sync", 0)):
            if name in STEPS:
                STEPS[name](history, number)
            else:
                sync(home, history.account, history.created(), full=name == "sweep")
                history.read()
                assert found(home) == history.expected()
        before = table(home)
        recompute.rebuild(home)
        assert before.equals(table(home))
