"""From contributions to customers and their priorities."""
