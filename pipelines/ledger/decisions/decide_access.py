"""Deciding a request for access: somebody approves or refuses it, and the decision stays in the ledger (MO-11).

Lives here: the transaction. Not here: what a decision covers (`pipelines/customers/access.py`).
"""

from datetime import datetime
from typing import Literal, NamedTuple

from pipelines.customers.affected import selected_are_affected
from pipelines.customers.derive import derive
from pipelines.errors import AlreadyDone, WrongUse
from pipelines.home import Home
from pipelines.ledger.transaction import current_as_of, ledger_transaction, next_over, note_change, verified
from pipelines.publishing.find_customer import find_customer
from pipelines.warehouse.database import Connection, transaction, value_of
from schemas.events import ACCESS_REQUEST

Choice = Literal["approved", "refused"]

STATUS = "SELECT access_status FROM snapshot.main.customers WHERE customer_id = ?::UUID"
NOTED = f"""
    INSERT INTO ledger.access_decisions BY NAME
    SELECT (SELECT max(number) FROM ledger.changes) AS number, customer_id, ? AS choice, max(stated_at) AS requested_at,
        ? AS decided_by, ?::TIMESTAMPTZ AS decided_at
    FROM ledger.live_details WHERE customer_id = ?::UUID AND event = '{ACCESS_REQUEST}' GROUP BY customer_id
"""


class Decided(NamedTuple):
    """Whose request was decided: their id, what they are called by, and how they stood before."""

    customer_id: str
    called: str
    before: str


def decide_access(home: Home, who: str, choice: Choice, by: str, now: datetime) -> Decided:
    """Approve or refuse all requests of a customer that are there now.

    Args:
        home: the folders.
        who: the customer, as `find_customer` takes it.
        choice: what is decided; it may change what was decided before.
        by: who decides; the name stays with the decision.
        now: the instant of the decision.

    Raises:
        WrongUse: not one customer is known by that, or it has asked for nothing. AlreadyDone: that was decided already.
    """
    with ledger_transaction(home) as connection:
        as_of = current_as_of(connection)
        with next_over(connection, home) as writer, transaction(connection):
            decided = _found(writer, who, choice)
            note_change(connection, as_of)
            connection.execute(NOTED, [choice, by, now, decided.customer_id])
            selected_are_affected(connection, f"SELECT '{decided.customer_id}'::UUID AS customer_id")
            derive(connection, writer, as_of, False, "data")
            verified(connection)
    return decided


def _found(writer: Connection, who: str, choice: Choice) -> Decided:
    """The customer whose request is to be decided."""
    customer_id, called = find_customer(writer, who)
    status = value_of(writer, STATUS, [customer_id])
    if status is None:
        raise WrongUse(f"{called} has asked for no access, so that there is nothing to decide")
    if status == choice:
        raise AlreadyDone(f"the request of {called} was {choice} already; the table access_requests says by whom")
    return Decided(customer_id, called, str(status))
