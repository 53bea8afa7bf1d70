"""Controllers live and simulated: how pairs are judged, and the code of `make soak` at a small size."""

import math
from pathlib import Path

import pytest
from daemon import BINARY

from measure.parts import Setting
from measure.soak import live
from measure.soak.pairs import Difference, Pair, pairs

UP, DOWN, EITHER = Difference(1, 0.5, 1.5), Difference(-1, -1.5, -0.5), Difference(0.1, -0.4, 0.6)


@pytest.mark.parametrize(
    ("simulated", "alive", "outcome"),
    [
        (UP, UP, "kept"),
        (DOWN, DOWN, "kept"),
        (UP, EITHER, "open"),
        (DOWN, EITHER, "open"),
        (UP, DOWN, "reversed"),
        (DOWN, UP, "reversed"),
        # What the simulator leaves open cannot be reversed.
        (EITHER, UP, "undecided"),
        (EITHER, DOWN, "undecided"),
        # A bound that is 0 decides nothing.
        (Difference(1, 0, 2), DOWN, "undecided"),
        (UP, Difference(-1, -2, 0), "open"),
    ],
)
def test_a_pair_is_judged_by_both_intervals(simulated: Difference, alive: Difference, outcome: str) -> None:
    assert Pair("a", "b", simulated, alive).outcome == outcome


def test_differences_are_of_equal_seeds() -> None:
    """Episodes differ a hundred times as much as the policies do; pairing takes that away."""
    ease = {seed: 100.0 * (seed % 7) for seed in range(40)}
    better = {seed: value + 1 + 0.1 * (seed % 3) for seed, value in ease.items()}
    # Seeds that one of them has alone count for nothing.
    difference = Difference.between(better | {99: -1e9}, ease | {98: 1e9})
    assert difference.mean == pytest.approx(1.1, abs=0.01)
    assert 1 < difference.low < difference.mean < difference.high < 1.2
    assert (difference.sign, Difference.between(ease, better).sign) == (1, -1)
    assert UP.text(0, 100) == "+100 (+50 to +150)"


def test_one_episode_decides_nothing_and_equal_ones_no_difference() -> None:
    alone = Difference.of([5.0])
    assert (alone.low, alone.high, alone.sign, alone.text(1)) == (-math.inf, math.inf, 0, "+5.0")
    assert Difference.of([0.0, 0.0, 0.0]).sign == 0
    assert Difference.of([0.5, 0.5]).sign == 1


def test_each_two_policies_are_a_pair_once() -> None:
    simulated = {"a": {1: 3.0, 2: 3.1}, "b": {1: 2.0, 2: 2.0}, "c": {1: 2.0, 2: 2.0}}
    alive = {"a": {1: 1.0, 2: 1.1}, "b": {1: 2.0, 2: 2.0}, "c": {1: 0.0, 2: 0.0}}
    found = {(pair.first, pair.second): pair.outcome for pair in pairs(simulated, alive)}
    assert found == {("a", "b"): "reversed", ("a", "c"): "kept", ("b", "c"): "undecided"}


def played(live_sign: float) -> live.Course:
    """Each controller better than the next by 1, and live by `live_sign`."""
    course = live.Course()
    for figure in live.FIGURES:
        for place, name in enumerate(live.CONTROLLERS):
            for seed in range(4):
                course.simulated[figure.key][name][seed] = -place + 0.01 * seed
                course.live[figure.key][name][seed] = -place * live_sign + 0.01 * seed
    return course


def test_a_reversed_pair_falls_short() -> None:
    *_, same = live.rows_of(played(1))
    assert same.holds and same.values == {"kept": 30, "open": 0, "reversed": 0, "undecided": 0}
    *pair_rows, other = live.rows_of(played(-1))
    assert not other.holds and other.values["reversed"] == 30
    assert [row.verdict for row in pair_rows] == ["-"] * 5 + ["FALLS SHORT"] * 10
    # Where the simulator decides nothing, nothing was shown.
    *_, nothing = live.rows_of(live.Course(simulated=played(0).live, live=played(1).live))
    assert not nothing.holds and nothing.values["undecided"] == 30


def test_five_controllers_play_live_farms_beside_each_other_and_the_simulator(tmp_path: Path) -> None:
    course = live.compare(
        Setting(BINARY, tmp_path), episodes=1, simulated=2, windows=4, speed=4, pools=4, disturbance=math.inf,
    )  # fmt: skip
    assert course.thrown_away == 0
    seed = live.FIRST_SEED
    for name in live.CONTROLLERS:
        assert sorted(course.simulated["qos"][name]) == [seed, seed + 1]
        assert list(course.live["qos"][name]) == [seed]
        assert 0 < course.live["qos"][name][seed] <= 1
        assert 3 <= course.live["mean_workers"][name][seed] <= 12
    # Eight from the first decision on, five before; a worker is paid from its request.
    assert 7.5 < course.live["mean_workers"]["static:8"][seed] < 8.5
    *_, verdict = live.rows_of(course)
    # An episode decides nothing.
    assert verdict.values["kept"] == verdict.values["reversed"] == 0
