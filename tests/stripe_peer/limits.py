"""How many requests a second Stripe takes: a bucket of tokens for each endpoint, and one for the account.

Not here: what those hear who ask for more (`answers.py`).
"""

import time


class Bucket:
    """So many requests a second, a fifth of a second's worth at once; None: any number."""

    def __init__(self, rate: float | None) -> None:
        self.rate = rate
        self.size = max(1.0, (rate or 0) / 5)
        self.tokens = self.size
        self.seen = time.monotonic()

    def fill(self) -> bool:
        """Add what time has given; whether there is enough for one request."""
        if self.rate is None:
            return True
        now = time.monotonic()
        self.tokens = min(self.size, self.tokens + (now - self.seen) * self.rate)
        self.seen = now
        return self.tokens >= 1

    def take(self) -> None:
        """Take one request's worth."""
        self.tokens -= 1
