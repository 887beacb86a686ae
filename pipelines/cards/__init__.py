"""Payment card numbers: found and masked, so that none is ever stored (SC-18)."""
