"""Stripe's own SDK as a client of a peer: what it reads and raises is how a peer is validated."""

import contextlib
from collections.abc import Iterator

import stripe

from tests.stripe_peer.account import KEY
from tests.stripe_peer.objects import API_VERSION


@contextlib.contextmanager
def client_of(url: str, key: str = KEY, retries: int = 0, timeout: float = 5.0) -> Iterator[stripe.StripeClient]:
    """A client of the API at `url`, whose connections are closed in the end."""
    transport = stripe.RequestsClient(timeout=timeout)
    try:
        yield stripe.StripeClient(
            key,
            base_addresses={"api": url},
            stripe_version=API_VERSION,
            max_network_retries=retries,
            http_client=transport,
        )
    finally:
        transport.close()
