"""Workbooks: read in a process of their own, repaired in memory where a reader fails on a sound file."""
