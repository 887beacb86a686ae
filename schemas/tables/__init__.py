"""Contracts of further tables and views of the snapshot, a module for those that belong together."""
