"""Reject files: out to their sender, and back in."""
