"""Facts and the one transaction that changes them: imports, undo, account states, clean-up, and its checks."""
