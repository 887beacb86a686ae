"""Stripe: an account's customers, charges and refunds, complete and exact, as state that each sync replaces."""
