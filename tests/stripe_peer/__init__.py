"""A Stripe account that nobody pays for: objects, an account that changes, a server, faults, what keeps it honest."""
