"""Statistics that every part of the measuring stands on."""

import math

import numpy as np
import pytest

from measure.figures import Mean, Ratio, Spread, interquartile_mean, interval, quantile, resampled


def test_a_ratios_interval_holds_its_median_and_grows_with_the_spread() -> None:
    narrow = Ratio.of([0.99, 1.0, 1.01] * 10)
    wide = Ratio.of([0.5, 1.0, 1.5] * 10)
    assert narrow.median == wide.median == 1
    assert 0.99 <= narrow.low <= 1 <= narrow.high <= 1.01
    assert wide.high - wide.low > narrow.high - narrow.low
    assert Ratio.of([0.9]) == Ratio(0.9, 0.9, 0.9)
    assert Ratio.of([0.9, 1.1, 1.0]) == Ratio.of([0.9, 1.1, 1.0])


def test_bootstrap_intervals_of_a_mean_cover_it_about_as_often_as_they_say() -> None:
    random = np.random.default_rng(5)
    covered = 0
    for _ in range(60):
        low, high = interval(resampled(random.normal(3, 1, 40), random))
        covered += low <= 3 <= high
    assert covered >= 50


def test_intervals_of_curves_are_a_point_at_a_time() -> None:
    bounds = interval(resampled(np.array([[1.0, 10.0], [3.0, 10.0]]), np.random.default_rng(1)))
    assert bounds.shape == (2, 2)
    assert bounds[0, 0] < 2 < bounds[1, 0]
    assert bounds[0, 1] == bounds[1, 1] == 10


def test_means_add_and_their_intervals_too() -> None:
    first = Mean.of([1.0, 2.0, 3.0])
    assert first.mean == 2 and first.half == pytest.approx(4.303 / math.sqrt(3))
    total = first + Mean(1, 2)
    assert total.mean == 3 and total.half == pytest.approx(math.hypot(first.half, 2))
    assert (first - Mean(2, 0)).is_within(3)
    assert not first.is_within(3)
    assert math.isnan(Mean.of([4.0]).half)


def test_quantiles_are_values_that_were_seen() -> None:
    values = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert [quantile(values, share) for share in (0, 0.2, 0.21, 0.5, 0.99, 1)] == [1, 1, 2, 3, 5, 5]
    assert quantile([float(number) for number in range(1, 101)], 0.29) == 29
    spread = Spread.of([1.0, 2.0, 3.0, 4.0, 5.0], "ms")
    assert (spread.low, spread.median, spread.high) == (1.5, 3, 4.5)


def test_the_interquartile_mean_leaves_out_the_quarters_at_the_ends() -> None:
    assert interquartile_mean([1, 2, 3, 100]) == 2.5
    # Of six numbers, the second and the fifth count half.
    assert interquartile_mean([0, 2, 3, 4, 5, 90]) == (1 + 3 + 4 + 2.5) / 3
