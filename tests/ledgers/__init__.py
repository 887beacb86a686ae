"""Ledgers of earlier versions, kept for ever: each is a backup that today's version must restore to the same tables."""
