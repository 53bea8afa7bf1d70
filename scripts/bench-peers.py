"""Environment steps a second, learning included, of our PPO and of Stable-Baselines3's, one thread each, in one run.

Three settings: RL Baselines3 Zoo's for CartPole-v1 (20 epochs: arithmetic decides), CleanRL's defaults on CartPole-v1,
and the farm (scenario bench-farm, the zoo's settings), where Stable-Baselines3 steps farms on our daemon through
`faasfarm.sb3.as_vec_env`; the plain-Python farm of bench/farm_peer.py stands beside it. Both sides take turns; a ratio
is the median over the rounds, by the clock and by the processor's time, which other programs on the machine disturb
less. One JSON line a setting; the exit code is 1 when a ratio by the clock falls short. Needs torch and
stable-baselines3, hence a virtual environment of its own.
"""

import argparse
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from children import ROOT
from peers import CLEANRL, FARM, ZOO, environments, model, single_threaded

# What is measured: our preset, environment and bar; sub-environments, Stable-Baselines3's settings, learning rate.
CASES: dict[str, dict[str, Any]] = {
    "cartpole, rl-zoo": {"preset": "zoo-cartpole", "env": "faasfarm/CartPole-v1", "bar": 5, "count": 8, "sb3": ZOO,
                         "rate": 1e-3, "clip": 0.2, "decays_clip": True, "peers": ["gymnasium"]},
    "cartpole, cleanrl": {"preset": "cleanrl", "env": "faasfarm/CartPole-v1", "bar": 15, "count": 4, "sb3": CLEANRL,
                          "rate": 2.5e-4, "clip": 0.2, "decays_clip": False, "peers": ["gymnasium"]},
    "farm, rl-zoo": {"preset": "zoo-cartpole", "env": "faasfarm/Farm-v0", "bar": 5, "count": 8, "sb3": ZOO,
                     "rate": 1e-3, "clip": 0.2, "decays_clip": True, "peers": ["daemon", "python"]},
}  # fmt: skip

# Steps a second by the clock, and by the processor's time.
Rates = tuple[float, float]


def ours(program: Path, case: dict[str, Any], steps: int) -> Rates:
    """By the clock as the training itself says; by the processor's time of the whole program."""
    with tempfile.TemporaryDirectory() as directory:
        command = [program, "train", "ppo", "--env", case["env"], "--preset", case["preset"], "--steps", steps]
        command += ["--out", Path(directory) / "model.safetensors"]
        if case["env"].endswith("Farm-v0"):
            command += [word for key in ("scenario", "info") for word in ("--argument", f"{key}={FARM[key]}")]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [str(word) for word in command], capture_output=True, text=True, check=False, env=single_threaded()
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = re.search(r"trained for ([0-9]+) steps.* ([0-9]+) steps a second", done.stdout)
    if done.returncode != 0 or found is None:
        raise SystemExit(f"bench-peers: {' '.join(map(str, command))} ended with {done.returncode}: {done.stderr}")
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return float(found[2]), int(found[1]) / seconds


def theirs(name: str, peer: str, steps: int) -> Rates:
    """Of Stable-Baselines3, in a process of its own: torch's threads are best set before it starts."""
    command = [sys.executable, __file__, "--child", name, peer, str(steps)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=single_threaded())
    if done.returncode != 0:
        raise SystemExit(f"bench-peers: Stable-Baselines3 on {name} ({peer}) failed: {done.stderr[-2000:]}")
    clock, processor = done.stdout.split()[-2:]
    return float(clock), float(processor)


def child(name: str, peer: str, steps: int) -> None:
    """Trains Stable-Baselines3's PPO here, and prints its rates; a daemon's own time is not in the second."""
    case = CASES[name]
    envs = environments(peer, case["count"])
    agent = model(envs, case["sb3"], case["rate"], case["clip"], case["decays_clip"])
    begun, busy = time.perf_counter(), time.process_time()
    agent.learn(steps)
    clock, processor = time.perf_counter() - begun, time.process_time() - busy
    print(agent.num_timesteps / clock, agent.num_timesteps / processor)
    envs.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=ROOT / ".build" / "release" / "faasfarm")
    parser.add_argument("--rounds", type=int, default=3, help="how often both sides take turns (default 3)")
    parser.add_argument("--steps", type=int, default=16_384, help="of Stable-Baselines3's runs; ours: 8 times that")
    parser.add_argument("--only", default="", help="settings whose name has this in it")
    parser.add_argument("--child", nargs=3, metavar=("NAME", "PEER", "STEPS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child[0], options.child[1], int(options.child[2]))
        return 0
    # The daemon that the Python package starts is the program that is measured.
    os.environ["FAASFARM_BIN"] = str(options.program)
    missed = 0
    for name, case in CASES.items():
        if options.only not in name:
            continue
        rates: dict[str, list[Rates]] = {"ours": []} | {peer: [] for peer in case["peers"]}
        for _ in range(options.rounds):
            rates["ours"].append(ours(options.program, case, 8 * options.steps))
            for peer in case["peers"]:
                rates[peer].append(theirs(name, peer, options.steps))
        line: dict[str, Any] = {"what": name, "bar": f">= {case['bar']} times Stable-Baselines3 ({case['peers'][0]})"}
        line["steps_per_second"] = {side: [round(clock) for clock, _ in values] for side, values in rates.items()}
        for kind, suffix in enumerate(("", "_by_processor_time")):
            for peer in case["peers"]:
                pairs = zip(rates["ours"], rates[peer], strict=True)
                ratio = statistics.median(mine[kind] / other[kind] for mine, other in pairs)
                line[f"over_{peer}{suffix}"] = round(ratio, 2)
        line["holds"] = line[f"over_{case['peers'][0]}"] >= case["bar"]
        missed += not line["holds"]
        print(json.dumps(line), flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
