"""Exploring the published snapshot: what the analyst's page asks of it, and its charts."""
