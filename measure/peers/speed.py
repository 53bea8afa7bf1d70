"""Steps a second of a training, ours and Stable-Baselines3's."""

import re
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from measure.parts import Setting
from measure.peers.learners import CLEANRL, FARM, ZOO, environments, model, single_threaded
from measure.processes import ROOT, ProgramFailed, calling, output
from measure.rows import Row
from measure.turns import in_turns


@dataclass(frozen=True)
class Case:
    """What is measured: our preset, environment and bar; sub-environments; Stable-Baselines3's settings."""

    summary: str
    preset: str
    env: str
    bar: float
    count: int
    settings: dict[str, Any]
    rate: float
    decays_clip: bool
    # What Stable-Baselines3 steps (`learners.environments`); the bar is over the first.
    peers: tuple[str, ...]


CASES = {
    "cartpole-zoo": Case(
        "CartPole-v1, RL Baselines3 Zoo's settings", "zoo-cartpole", "faasfarm/CartPole-v1", 5, 8, ZOO, 1e-3, True,
        ("gymnasium",),
    ),
    "cartpole-cleanrl": Case(
        "CartPole-v1, CleanRL's defaults", "cleanrl", "faasfarm/CartPole-v1", 15, 4, CLEANRL, 2.5e-4, False,
        ("gymnasium",),
    ),
    "farm-zoo": Case(
        "the farm bench-farm, the zoo's settings", "zoo-cartpole", "faasfarm/Farm-v0", 5, 8, ZOO, 1e-3, True,
        ("daemon", "python"),
    ),
}  # fmt: skip

# Steps a second by the clock, and by the processor's time.
Rates = tuple[float, float]


def ours(program: Path, case: Case, steps: int) -> Rates:
    """By the clock as the training itself says; by the processor's time of the whole program."""
    with tempfile.TemporaryDirectory() as directory:
        command = [program, "train", "ppo", "--env", case.env, "--preset", case.preset, "--steps", steps]
        command += ["--out", Path(directory) / "model.safetensors"]
        if case.env.endswith("Farm-v0"):
            command += [word for key in ("scenario", "info") for word in ("--argument", f"{key}={FARM[key]}")]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        said = output(command, env=single_threaded())
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = re.search(r"trained for ([0-9]+) steps.* ([0-9]+) steps a second", said)
    if found is None:
        raise ProgramFailed(f"{' '.join(map(str, command))} did not say how fast it was: {said}")
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return float(found[2]), int(found[1]) / seconds


def theirs(name: str, peer: str, steps: int) -> Rates:
    """Of Stable-Baselines3, in a process of its own: torch's threads are best set before it starts."""
    clock, processor = output(calling(train, name, peer, steps), env=single_threaded(), cwd=ROOT).split()[-2:]
    return float(clock), float(processor)


def rows(name: str, setting: Setting, steps: int) -> Iterator[Row]:
    """A row a peer, by the clock."""
    case = CASES[name]
    measures = [partial(ours, setting.program, case, 8 * steps)]
    measures += [partial(theirs, name, peer, steps) for peer in case.peers]
    mine, *others = in_turns(measures, setting.blocks)
    for peer, rates in zip(case.peers, others, strict=True):
        clock, processor = (
            statistics.median(one[kind] / other[kind] for one, other in zip(mine, rates, strict=True))
            for kind in (0, 1)
        )
        speeds = [statistics.median(rate for rate, _ in side) for side in (mine, rates)]
        bar = f">= {case.bar:g} times Stable-Baselines3 by the clock" if peer == case.peers[0] else ""
        yield Row(
            f"{name} over Stable-Baselines3 ({peer})",
            f"{clock:.2f} by the clock, {processor:.2f} by processor time; "
            f"{speeds[0]:,.0f} over {speeds[1]:,.0f} steps a second",
            bar,
            not bar or clock >= case.bar,
            {"by_clock": clock, "by_processor_time": processor, "ours": mine, "theirs": rates},
        )


def train(name: str, peer: str, steps: str) -> None:
    """Trains Stable-Baselines3's PPO here, and prints its rates; a daemon's own time is not in the second."""
    case = CASES[name]
    envs = environments(peer, case.count)
    agent = model(envs, case.settings, case.rate, 0.2, case.decays_clip)
    begun, busy = time.perf_counter(), time.process_time()
    agent.learn(int(steps))
    clock, processor = time.perf_counter() - begun, time.process_time() - busy
    print(agent.num_timesteps / clock, agent.num_timesteps / processor)
    envs.close()
