"""What is known now, to be read: the ledger, and beside it the tables that show it.

Lives here: opening both for a question. Not here: any question.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from pipelines.errors import WrongUse
from pipelines.home import Home
from pipelines.ledger.transaction import ledger_transaction
from pipelines.publishing.find_customer import FoundCustomer, find_customer
from pipelines.warehouse.database import Connection, beside


@contextmanager
def known_now(home: Home) -> Iterator[Connection]:
    """The ledger and, as `snapshot`, the tables that show it; what a crash left between the two is mended first.

    Raises WrongUse where nothing was imported yet.
    """
    if not home.working.exists():
        raise WrongUse("nothing was imported yet: import a file first")
    with ledger_transaction(home) as connection, beside(connection, home.published):
        yield connection


def customer_of(home: Home, who: str) -> FoundCustomer:
    """The one customer who is meant, see `find_customer`."""
    with known_now(home) as connection:
        return find_customer(connection, who)
