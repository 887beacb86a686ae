"""Stripe keys at rest, and what they may read."""
