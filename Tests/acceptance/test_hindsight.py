"""The yardstick that knows the future: no policy of the table, and no fixed number, beats it on any seed.

FAASFARM_SIZE=full has every preset with its whole length (`make soak`).
"""

import csv
import io
import subprocess
from collections import defaultdict

import pytest
from daemon import BINARY
from figures import tell
from sizes import size
from test_simulator import PRESETS

POLICIES = "ratchet,reactive-maximum,queue-length,concurrency"
SCENARIOS = PRESETS[: size(1, len(PRESETS))]
EPISODES = size(2, 10)
BUDGET = size(3, 100)


def evaluate(*options: str) -> list[dict[str, str]]:
    command = [BINARY, "evaluate", "--policies", POLICIES, "--episodes", str(EPISODES), "--format", "csv"]
    done = subprocess.run([*command, "--hindsight", str(BUDGET), *options], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return list(csv.DictReader(io.StringIO(done.stdout)))


def by_seed(rows: list[dict[str, str]]) -> dict[str, tuple[dict[str, str], list[dict[str, str]]]]:
    groups = defaultdict(list)
    for row in rows:
        groups[row["seed"], row["group"]].append(row)
    seeds = {seed for seed, _ in groups}
    return {seed: (groups[seed, "hindsight"][0], groups[seed, "policy"] + groups[seed, "fixed_line"]) for seed in seeds}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_no_policy_has_more_reward_than_hindsight(scenario):
    for seed, (best, others) in by_seed(evaluate("--scenario", scenario)).items():
        for other in others:
            assert float(other["reward"]) <= float(best["reward"]), f"{other['policy']}, seed {seed}"
    tell(f"`{scenario}`: policies that beat hindsight on one of {EPISODES} seeds", "0", "0", True)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_no_policy_keeps_a_goal_cheaper_than_hindsight(scenario):
    goal = 0.95
    for seed, (best, others) in by_seed(evaluate("--scenario", scenario, "--goal", f"qos>={goal}")).items():
        for other in others:
            missing = [max(0.0, goal - float(row["qos"])) for row in (best, other)]
            assert missing[0] <= missing[1] + 1e-12, f"{other['policy']}, seed {seed}"
            if missing[1] <= 1e-12:
                assert float(best["worker_seconds"]) <= float(other["worker_seconds"]), f"{other['policy']}, {seed}"
