"""The time limit that `gymnasium.make` was given, which the daemon has to know of."""

import sys
from typing import Any

import gymnasium
import numpy as np

_NEAR = 8
"""Frames between an environment's constructor and `gymnasium.make`, at most: those of classes that inherit from it."""


def checked(steps: Any) -> int | None:
    """A limit of steps as a whole number; None for none. Gymnasium's -1 means none too.

    Raises:
        ValueError: it is none.
    """
    if steps is None or (not isinstance(steps, bool) and isinstance(steps, (int, np.integer)) and steps == -1):
        return None
    if isinstance(steps, bool) or not isinstance(steps, (int, np.integer)) or not 1 <= steps < 1 << 32:
        raise ValueError(f"max_episode_steps must be an integer of at least 1, got {steps!r}")
    return int(steps)


def of_make(env: gymnasium.Env) -> Any:
    """What the `gymnasium.make` that makes `env` was told as `max_episode_steps`, itself or by the spec; None: nothing.

    `gymnasium.make` keeps it to itself and cuts the episode off from outside: the daemon would not know that it has
    ended, so it would send no result and record it as partial. So it is read where `make` has it.
    """
    frame: Any = sys._getframe(1)
    for _ in range(_NEAR):
        frame = frame.f_back
        if frame is None:
            return None
        if frame.f_code is gymnasium.make.__code__:
            break
    else:
        return None
    known = frame.f_locals
    maker = known.get("env_creator")
    if not (isinstance(maker, type) and isinstance(env, maker)):
        # Somebody else's environment, which makes this one for purposes of its own.
        return None
    steps = known.get("max_episode_steps")
    return steps if steps is not None else getattr(known.get("env_spec"), "max_episode_steps", None)
