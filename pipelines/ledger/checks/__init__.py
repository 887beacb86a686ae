"""The checks that end every transaction: each conservation rule, and the quick ways to be sure that it holds."""
