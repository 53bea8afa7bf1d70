"""Whether policies come out the same way round in two places: what their paired differences say.

A difference of two policies is of their episodes with equal seeds, which have equal tasks. It is decided where its
bootstrap interval leaves out 0. A pair that is decided in the simulator is `kept` by live episodes that decide it the
same way, `reversed` by those that decide it the other way, and `open` where they decide nothing.
"""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from measure.figures import interval, resampled

# Of each policy, a figure by seed.
Played = Mapping[str, Mapping[int, float]]


@dataclass(frozen=True)
class Difference:
    """The mean of paired differences with its 95 % bootstrap interval (percentiles)."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Difference":
        """One value says nothing of its spread: its interval is without bounds."""
        if len(values) < 2:
            return cls(values[0], -math.inf, math.inf)
        low, high = interval(resampled(values, np.random.default_rng(1)))
        return cls(float(np.mean(values)), float(low), float(high))

    @classmethod
    def between(cls, first: Mapping[int, float], second: Mapping[int, float]) -> "Difference":
        """First minus second, of the seeds that both have."""
        return cls.of([first[seed] - second[seed] for seed in sorted(first.keys() & second.keys())])

    @property
    def sign(self) -> int:
        """1 or -1 where it is decided, else 0."""
        return 1 if self.low > 0 else -1 if self.high < 0 else 0

    def text(self, digits: int, scale: float = 1) -> str:
        mean, low, high = (f"{scale * each:+.{digits}f}" for each in (self.mean, self.low, self.high))
        return mean if math.isinf(self.low) else f"{mean} ({low} to {high})"


@dataclass(frozen=True)
class Pair:
    """Two policies in both places."""

    first: str
    second: str
    simulated: Difference
    live: Difference

    @property
    def outcome(self) -> str:
        """`undecided` is what the simulator does not decide, whatever live episodes say."""
        if self.simulated.sign == 0:
            return "undecided"
        return {1: "kept", 0: "open", -1: "reversed"}[self.simulated.sign * self.live.sign]


def pairs(simulated: Played, live: Played) -> Iterator[Pair]:
    """Each two policies once, in the order in which they were played live."""
    for first, second in itertools.combinations(live, 2):
        yield Pair(
            first,
            second,
            Difference.between(simulated[first], simulated[second]),
            Difference.between(live[first], live[second]),
        )
