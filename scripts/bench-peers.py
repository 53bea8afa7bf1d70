"""Environment steps a second, learning included, of our PPO and of Stable-Baselines3's, one thread each, in one run.

Three settings: RL Baselines3 Zoo's for CartPole-v1 (20 epochs: arithmetic decides), CleanRL's defaults on CartPole-v1,
and the farm (scenario bench-farm, the zoo's settings), where Stable-Baselines3 steps farms on our daemon through
`faasfarm.sb3.as_vec_env`; the plain-Python farm of bench/farm_peer.py stands beside it. Both sides take turns; a ratio
is the median over the rounds. One JSON line a setting. Needs torch and stable-baselines3, hence a virtual environment
of its own.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FARM = {"scenario": "bench-farm", "backend": "simulator", "info": "ends"}
ZOO = {"n_steps": 32, "batch_size": 256, "gae_lambda": 0.8, "gamma": 0.98, "n_epochs": 20, "ent_coef": 0.0}
CLEANRL = {
    "n_steps": 128, "batch_size": 128, "gae_lambda": 0.95, "gamma": 0.99, "n_epochs": 4, "ent_coef": 0.01,
    "vf_coef": 0.5,
}  # fmt: skip
# What is measured: our preset, environment and bar; sub-environments, Stable-Baselines3's settings, learning rate.
CASES: dict[str, dict[str, Any]] = {
    "cartpole, rl-zoo": {"preset": "zoo-cartpole", "env": "faasfarm/CartPole-v1", "bar": 5, "count": 8, "sb3": ZOO,
                         "rate": 1e-3, "clip": 0.2, "decays_clip": True, "peers": ["gymnasium"]},
    "cartpole, cleanrl": {"preset": "cleanrl", "env": "faasfarm/CartPole-v1", "bar": 15, "count": 4, "sb3": CLEANRL,
                          "rate": 2.5e-4, "clip": 0.2, "decays_clip": False, "peers": ["gymnasium"]},
    "farm, rl-zoo": {"preset": "zoo-cartpole", "env": "faasfarm/Farm-v0", "bar": 5, "count": 8, "sb3": ZOO,
                     "rate": 1e-3, "clip": 0.2, "decays_clip": True, "peers": ["daemon", "python"]},
}  # fmt: skip


def single_threaded() -> dict[str, str]:
    return os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def ours(program: Path, case: dict[str, Any], steps: int) -> float:
    """Steps a second, as the training itself says."""
    with tempfile.TemporaryDirectory() as directory:
        command = [program, "train", "ppo", "--env", case["env"], "--preset", case["preset"], "--steps", steps]
        command += ["--out", Path(directory) / "model.safetensors"]
        if case["env"].endswith("Farm-v0"):
            command += [word for key in ("scenario", "info") for word in ("--argument", f"{key}={FARM[key]}")]
        done = subprocess.run(
            [str(word) for word in command], capture_output=True, text=True, check=False, env=single_threaded()
        )
    found = re.search(r"([0-9]+) steps a second", done.stdout)
    if done.returncode != 0 or found is None:
        raise SystemExit(f"bench-peers: {' '.join(map(str, command))} ended with {done.returncode}: {done.stderr}")
    return float(found[1])


def theirs(name: str, peer: str, steps: int) -> float:
    """Steps a second of Stable-Baselines3, in a process of its own: torch's threads are best set before it starts."""
    command = [sys.executable, __file__, "--child", name, peer, str(steps)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=single_threaded())
    if done.returncode != 0:
        raise SystemExit(f"bench-peers: Stable-Baselines3 on {name} ({peer}) failed: {done.stderr[-2000:]}")
    return float(done.stdout.split()[-1])


def environments(peer: str, case: dict[str, Any]) -> Any:
    from stable_baselines3.common.env_util import make_vec_env

    if peer == "gymnasium":
        return make_vec_env("CartPole-v1", n_envs=case["count"], seed=1)
    if peer == "python":
        sys.path.insert(0, str(ROOT / "bench"))
        from farm_peer import FarmPeer

        return make_vec_env(FarmPeer, n_envs=case["count"], seed=1)
    import faasfarm
    from faasfarm.sb3 import as_vec_env

    return as_vec_env(faasfarm.VectorEnv("faasfarm/Farm-v0", case["count"], autoreset_mode="SameStep", **FARM))


def child(name: str, peer: str, steps: int) -> None:
    import time

    import torch
    from stable_baselines3 import PPO

    torch.set_num_threads(1)
    case = CASES[name]

    def decaying(value: float) -> Callable[[float], float]:
        return lambda left: left * value

    clip = decaying(case["clip"]) if case["decays_clip"] else case["clip"]
    envs = environments(peer, case)
    model = PPO("MlpPolicy", envs, learning_rate=decaying(case["rate"]), clip_range=clip, seed=1, device="cpu",
                **case["sb3"])  # fmt: skip
    begun = time.perf_counter()
    model.learn(steps)
    print(model.num_timesteps / (time.perf_counter() - begun))
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
    for name, case in CASES.items():
        if options.only not in name:
            continue
        rates: dict[str, list[float]] = {"ours": []} | {peer: [] for peer in case["peers"]}
        for _ in range(options.rounds):
            rates["ours"].append(ours(options.program, case, 8 * options.steps))
            for peer in case["peers"]:
                rates[peer].append(theirs(name, peer, options.steps))
        line: dict[str, Any] = {"what": name, "bar": f">= {case['bar']} times Stable-Baselines3 ({case['peers'][0]})"}
        line["steps_per_second"] = {side: [round(rate) for rate in values] for side, values in rates.items()}
        for peer in case["peers"]:
            ratios = [mine / other for mine, other in zip(rates["ours"], rates[peer], strict=True)]
            line[f"over_{peer}"] = round(statistics.median(ratios), 2)
        line["holds"] = line[f"over_{case['peers'][0]}"] >= case["bar"]
        print(json.dumps(line), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
