"""When and where it happens: every Dagster object, and the `customers` command. No rule about data lives here."""

import gc

gc.set_threshold(100_000, 50, 100)  # what imports make stays: looking through it again and again is a tenth of a start
