"""What the title of a column says: known titles, the grammar of unknown ones, units and currencies, our own columns."""
