"""The `customers` command."""
