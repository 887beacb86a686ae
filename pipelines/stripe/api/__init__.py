"""Stripe over the wire: requests, retries, limits, recordings; keys never leave it."""
