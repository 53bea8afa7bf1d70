"""For Stable-Baselines3, whose vectors are no Gymnasium vectors."""

from typing import TYPE_CHECKING, Any

import gymnasium

if TYPE_CHECKING:
    from .sb3_vec_env import SB3VecEnv


def as_vec_env(envs: gymnasium.vector.VectorEnv) -> "SB3VecEnv":
    """A vector as Stable-Baselines3 takes it.

    Example:
        >>> envs = faasfarm.VectorEnv("faasfarm/CartPole-v1", 8, autoreset_mode="SameStep")  # doctest: +SKIP
        >>> PPO("MlpPolicy", as_vec_env(envs)).learn(10_000)  # doctest: +SKIP

    Args:
        envs: a vector that resets in the step that ends an episode (`AutoresetMode.SAME_STEP`), as Stable-Baselines3
            expects it. A `faasfarm.VectorEnv` of another mode is closed, and made again in that one.

    Returns:
        A `stable_baselines3.common.vec_env.VecEnv`. An ended sub-environment's info is that of its last step, with
        `terminal_observation` and `TimeLimit.truncated`. `env_method("action_masks")` gives the masks of actions, for
        sb3-contrib's MaskablePPO.

    Raises:
        ImportError: Stable-Baselines3 is not installed.
        TypeError: `envs` is no vector.
        ValueError: a vector of another mode that is not ours.
    """
    if not isinstance(envs, gymnasium.vector.VectorEnv):
        raise TypeError(
            f"expected a vector such as faasfarm.VectorEnv, got {type(envs).__name__}; a single environment needs no "
            "adapter: give it to Stable-Baselines3 as it is"
        )
    try:
        from .sb3_vec_env import SB3VecEnv
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "stable_baselines3":
            raise
        raise ImportError(
            "as_vec_env needs Stable-Baselines3, which is not installed: pip install stable-baselines3"
        ) from error
    return SB3VecEnv(in_same_step(envs))


def in_same_step(envs: gymnasium.vector.VectorEnv) -> gymnasium.vector.VectorEnv:
    """The vector itself when it resets in the step that ends an episode; otherwise ours, made again so.

    Raises:
        ValueError: a vector of another mode that is not ours.
    """
    from .vector import VectorEnv

    wanted = gymnasium.vector.AutoresetMode.SAME_STEP
    mode: Any = envs.metadata.get("autoreset_mode")
    if mode is wanted:
        return envs
    if not isinstance(envs, VectorEnv):
        raise ValueError(f"expected a vector with autoreset_mode SAME_STEP, got {mode}; make it with that one")
    again = type(envs)(**envs._constructor | {"autoreset_mode": wanted})
    envs.close()
    return again
