"""Cells that hold one word of a closed list: statuses, directions, flags, and words that stand where nothing is."""
