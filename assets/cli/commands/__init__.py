"""The commands of `customers`, a module by subject."""
