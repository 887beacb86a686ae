"""Time that passes only when somebody waits."""

import threading
from collections.abc import Callable

from pipelines.stripe.api.rate_limits import Pace


class Waiting:
    """A clock that stands still but for sleep; what was slept is written down."""

    def __init__(self, spread: float = 0.0) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self._spread = spread
        self._lock = threading.Lock()

    @property
    def pace(self) -> Pace:
        monotonic: Callable[[], float] = lambda: self.now  # noqa: E731  # a clock is a value here
        return Pace(monotonic, self._sleep, lambda: self._spread)

    def _sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(seconds)
            self.now += seconds
