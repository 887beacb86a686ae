"""An account at a server that answers as the test says."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from pipelines.configuration.settings import StripeSource
from pipelines.errors import (
    CustomersError,
)
from pipelines.stripe.api.client import StripeAccount, open_account
from pipelines.stripe.api.keys import Key
from pipelines.stripe.api.protocol import Query
from pipelines.stripe.api.rate_limits import Limits
from pipelines.stripe.api.transport import DIRECT, Route
from tests.pipelines.stripe.faults import LIVE_KEY, Server
from tests.pipelines.stripe.waiting import Waiting

QUERY = Query("charges")


CHARGE = {"id": "ch_1", "object": "charge", "amount": 100}


AT_LEISURE = (60.0, 60.0)
"""Nothing here answers late on purpose: a slow machine is no stall."""


UNLIMITED = float("inf")


@contextmanager
def account_at(
    server: Server,
    waiting: Waiting | None = None,
    key: str = LIVE_KEY,
    timeout: tuple[float, float] = AT_LEISURE,
    route: Route = DIRECT,
) -> Iterator[StripeAccount]:
    source = StripeSource(kind="stripe", api_base=server.address)
    limits = Limits(UNLIMITED, UNLIMITED, (waiting or Waiting()).pace)
    with open_account(Key(key), source, limits, route, timeout) as account:
        yield account


Ask = Callable[..., tuple[StripeAccount, Server, Waiting]]


def refusal(account: StripeAccount, query: Query = QUERY) -> CustomersError:
    with pytest.raises(CustomersError) as told:
        account.page(query)
    return told.value
