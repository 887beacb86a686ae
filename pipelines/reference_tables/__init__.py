"""Reference tables: the managers, plans, groups and invoiced clients that are known, and values looked up in them."""
