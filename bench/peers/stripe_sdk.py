"""Peer: Stripe's own SDK reads an account as its documentation shows, object by object.

Run as `python bench/peers/stripe_sdk.py URL OUT.duckdb`. Here: `auto_paging_iter` over the three lists, and the sums
that show that all of it was found. Nothing is stored: the peer is spared that.
"""

import json
import sys
import time

import stripe

KEY = "rk_test_peer1NobodyPaysForThis"


def main(url: str) -> None:
    stripe.enable_telemetry = False
    client = stripe.StripeClient(KEY, base_addresses={"api": url}, max_network_retries=2)
    started = time.perf_counter()
    objects = paid = refunded = 0
    for charge in client.v1.charges.list({"limit": 100}).auto_paging_iter():
        objects += 1
        paid += charge.amount if charge.status == "succeeded" and charge.captured else 0
    for refund in client.v1.refunds.list({"limit": 100}).auto_paging_iter():
        objects, refunded = objects + 1, refunded + refund.amount
    objects += sum(1 for _ in client.v1.customers.list({"limit": 100}).auto_paging_iter())
    seconds = round(time.perf_counter() - started, 3)
    print(json.dumps({"seconds": seconds, "objects": objects, "paid": paid, "refunded": refunded}))


if __name__ == "__main__":
    main(sys.argv[1])
