"""The live farms of `make bench` at a small size: what must hold whatever the machine's speed."""

import pytest
from daemon import BINARY

from measure.bench.bags import bag
from measure.bench.crowd import crowd
from measure.bench.sleepers import sleepers
from measure.bench.zero import from_zero


@pytest.mark.parametrize("dispatch", ["exact", "random"])
def test_sleeping_workers_do_each_task_once(dispatch: str) -> None:
    """The bag is finished, each task once; nothing takes less time than its work; exact dispatch never collides."""
    tasks, workers, seconds = 60, 4, 0.02
    played = sleepers(BINARY, tasks, workers, seconds, dispatch)
    assert played.reason == "finished"
    assert played.totals == {"emitted": tasks, "queued": 0, "running": 0, "done": tasks, "failed": 0}
    assert played.seconds >= tasks * seconds / workers
    assert played.duplicates == 0
    if dispatch == "exact":
        assert played.collisions == 0


def test_a_crowd_is_done_and_disturbs_nobody() -> None:
    """More tasks than workers: all are done, each reply comes, and another session goes on meanwhile."""
    measured = crowd(BINARY, tasks=120, workers=6, seconds=0.03, step=0.2)
    assert measured.played.totals["done"] == 120
    assert measured.played.reason == "finished"
    assert len(measured.others) > 5


def test_first_results_from_zero_workers() -> None:
    """No result comes before a worker can have started, and each comes."""
    results = from_zero(BINARY, times=2, start_up=0.3)
    assert len(results) == 2
    assert min(results) >= 0.3


def test_bags_are_scenarios_of_their_size() -> None:
    """Work is spread evenly about its mean, within its bounds."""
    lines = [line for line in bag(100, 0.5, 3, 1, spread=0.25).splitlines() if 'seconds":' in line]
    work = [float(line.split(":")[1].strip(" }")) for line in lines]
    assert len(work) == 100
    assert 0.25 <= min(work) < 0.27 and 0.73 < max(work) <= 0.75
    assert abs(sum(work) / 100 - 0.5) < 0.01
