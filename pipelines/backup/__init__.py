"""Backup: a consistent copy of CUSTOMERS_HOME while runs go on, and back again whole or not at all."""
