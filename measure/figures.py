"""Statistics that several parts need."""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 10_000
# Student's quantiles, 0.975, by degrees of freedom; the normal's beyond.
STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145)


def resampled(
    values: Sequence | np.ndarray, random: np.random.Generator, statistic: Callable[..., np.ndarray] = np.mean
) -> np.ndarray:
    """`RESAMPLES` bootstrap replicates of a statistic over the first axis."""
    values = np.asarray(values)
    drawn = random.integers(len(values), size=(RESAMPLES, len(values)))
    return statistic(values[drawn], axis=1)


def interval(replicates: np.ndarray) -> np.ndarray:
    """The lower and the upper bound of the 95 % interval that bootstrap replicates give (percentiles)."""
    return np.quantile(replicates, [0.025, 0.975], axis=0)


@dataclass(frozen=True)
class Ratio:
    """The median of ratios with its 95 % bootstrap interval."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, ratios: Sequence[float], seed: int = 1) -> "Ratio":
        low, high = interval(resampled(ratios, np.random.default_rng(seed), np.median))
        return cls(statistics.median(ratios), float(low), float(high))

    def __str__(self) -> str:
        return f"{self.median:.3f} ({self.low:.3f} to {self.high:.3f})"


@dataclass(frozen=True)
class Mean:
    """A mean with half the width of its 95 % interval (Student)."""

    mean: float
    half: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Mean":
        if len(values) < 2:
            return cls(values[0], math.nan)
        quantile = STUDENT[len(values) - 2] if len(values) - 2 < len(STUDENT) else 1.96
        return cls(statistics.mean(values), quantile * statistics.stdev(values) / len(values) ** 0.5)

    def __add__(self, other: "Mean") -> "Mean":
        return Mean(self.mean + other.mean, math.hypot(self.half, other.half))

    def __sub__(self, other: "Mean") -> "Mean":
        return self + Mean(-other.mean, other.half)

    def is_within(self, bar: float) -> bool:
        """Whether the whole interval is."""
        return abs(self.mean) + self.half <= bar

    def __str__(self) -> str:
        return f"{self.mean:.2f} ± {self.half:.2f}"


@dataclass(frozen=True)
class Spread:
    """A median with the quartiles around it."""

    low: float
    median: float
    high: float
    unit: str

    @classmethod
    def of(cls, values: Sequence[float], unit: str) -> "Spread":
        low, median, high = statistics.quantiles(values, n=4)
        return cls(low, median, high, unit)

    def __str__(self) -> str:
        return f"{self.median:.2f} {self.unit} (quartiles of the blocks: {self.low:.2f} to {self.high:.2f})"


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of them do not exceed."""
    rank = math.ceil(round(share * len(values), 9))
    return sorted(values)[max(0, min(len(values), rank) - 1)]


def interquartile_mean(values: Sequence[float]) -> float:
    """The mean without the lowest and the highest quarter; numbers that are cut by the quarters count in part."""
    ordered, cut = sorted(values), len(values) / 4
    weights = [max(0.0, min(i + 1, len(ordered) - cut) - max(i, cut)) for i in range(len(ordered))]
    return sum(weight * value for weight, value in zip(weights, ordered, strict=True)) / sum(weights)
