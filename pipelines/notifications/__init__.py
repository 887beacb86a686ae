"""Notifications: what is told of imports and syncs, and the ways in which it leaves."""
