"""The error of a message that did not leave."""

from pipelines.errors import TryAgain


class NotTold(TryAgain):
    """A message did not leave; the text says why, and holds no secret."""
