"""When and where it happens: every Dagster object, and the `customers` command. No rule about data lives here."""
