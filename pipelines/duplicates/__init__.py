"""Customers who may be, or who are decided to be, one."""
