"""Jobs about Stripe accounts that read no charges."""
