"""Stable-Baselines3's PPO as it stands beside ours: the settings of our presets in its words. Needs `.venv-peers`."""

import os
from collections.abc import Callable
from typing import Any

FARM = {"scenario": "bench-farm", "backend": "simulator", "info": "ends"}
# RL Baselines3 Zoo's for CartPole-v1 and CleanRL's defaults; Stable-Baselines3's own vf_coef is 0.5, our preset's is 1
# for half the squared error, which is the same.
ZOO: dict[str, Any] = {
    "n_steps": 32, "batch_size": 256, "gae_lambda": 0.8, "gamma": 0.98, "n_epochs": 20, "ent_coef": 0.0,
}  # fmt: skip
CLEANRL: dict[str, Any] = {
    "n_steps": 128, "batch_size": 128, "gae_lambda": 0.95, "gamma": 0.99, "n_epochs": 4, "ent_coef": 0.01,
    "vf_coef": 0.25, "clip_range_vf": 0.2,
}  # fmt: skip


def single_threaded() -> dict[str, str]:
    """The environment of a process whose arithmetic is to run in one thread."""
    return os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def decaying(value: float) -> Callable[[float], float]:
    """From `value` to 0 over the training."""
    return lambda left: left * value


def environments(kind: str, count: int, seed: int = 1) -> Any:
    """A vector as Stable-Baselines3 takes it.

    Args:
        kind: `gymnasium`, CartPole-v1 in this process; `pole`, ours on our daemon; `daemon`, farms on our daemon;
            `python`, the plain-Python farm.
        count: of sub-environments.
        seed: of Gymnasium's; the others are seeded by the learner.
    """
    from stable_baselines3.common.env_util import make_vec_env

    if kind == "gymnasium":
        return make_vec_env("CartPole-v1", n_envs=count, seed=seed)
    if kind == "python":
        from measure.floors.farm_peer import FarmPeer

        return make_vec_env(FarmPeer, n_envs=count, seed=seed)
    import faasfarm
    from faasfarm.sb3 import as_vec_env

    if kind == "pole":
        return as_vec_env(faasfarm.VectorEnv("faasfarm/CartPole-v1", count, autoreset_mode="SameStep"))
    return as_vec_env(faasfarm.VectorEnv("faasfarm/Farm-v0", count, autoreset_mode="SameStep", **FARM))


def model(envs: Any, settings: dict[str, Any], rate: float, clip: float, decays_clip: bool, seed: int = 1) -> Any:
    """Stable-Baselines3's PPO in one thread, its learning rate falling to 0."""
    import torch
    from stable_baselines3 import PPO

    torch.set_num_threads(1)
    clip_range = decaying(clip) if decays_clip else clip
    return PPO(
        "MlpPolicy", envs, learning_rate=decaying(rate), clip_range=clip_range, seed=seed, device="cpu", **settings
    )
