"""From rows to accepted and rejected ones: the reasons of the one, what the other contributes."""
