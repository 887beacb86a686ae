"""An account at a server that plays what a test says."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from pipelines.stripe.api.client import StripeAccount
from tests.pipelines.stripe.api.asking import account_at
from tests.pipelines.stripe.faults import Act, Server, serving
from tests.pipelines.stripe.waiting import Waiting


@pytest.fixture
def ask() -> Iterator[Callable[..., tuple[StripeAccount, Server, Waiting]]]:
    """An account whose server plays the acts."""
    with ExitStack() as stack:

        def opened(*acts: Act, **options: object) -> tuple[StripeAccount, Server, Waiting]:
            waiting = Waiting()
            server = stack.enter_context(serving(*acts))
            return stack.enter_context(account_at(server, waiting, **options)), server, waiting  # type: ignore[arg-type]  # tests know them

        yield opened
