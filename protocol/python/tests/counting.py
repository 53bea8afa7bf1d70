"""A small environment with infos of every kind, to be compared behind a wire and in this process."""

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

BOX = spaces.Box(0, 100, (3,), np.float32)
SPACES = {"box": BOX, "dict": spaces.Dict({"count": spaces.Discrete(100), "seen": BOX})}
"""The observation spaces it knows, by the name of its argument."""


class Counting(gymnasium.Env):
    """Counts its steps. An observation is [steps, last action, length of the episode], a reward is the count.

    Episodes have 1 to 5 steps, as the environment's generator draws it. Those of even length are terminated, the others
    truncated.
    """

    metadata = {"render_modes": ["ansi"], "render_fps": 1}

    def __init__(self, observation: str = "box", length: int | None = None) -> None:
        self.observation_space = SPACES[observation]
        self.action_space = spaces.Discrete(5, start=-2)
        self.fixed = length

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self.steps, self.action = 0, 0
        self.length = self.fixed or int(self.np_random.integers(1, 6))
        info = {"begun": True, "length": self.length}
        return self._observation(), info | ({"options": tuple(sorted(options))} if options else {})

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self.steps += 1
        self.action = int(action)
        ended = self.steps == self.length
        terminated = ended and self.length % 2 == 0
        info: dict[str, Any] = {
            "steps": self.steps,
            "late": self.steps > 2,
            "wait": self.steps / 4,
            "note": f"step {self.steps}",
            "mask": np.array([1, 0, self.steps % 2], dtype=np.int8),
            "terms": {"miss": -0.5, "deep": {"action": self.action}},
        }
        if self.steps % 2:
            info["odd"] = self.steps
            info["terms"]["odd"] = 1.5
        if ended:
            info["result"] = {"total": float(self.steps)}
        return self._observation(), float(self.steps), terminated, ended and not terminated, info

    def _observation(self) -> Any:
        seen = np.array([self.steps, self.action, self.length], dtype=np.float32)
        if self.observation_space is BOX:
            return seen
        return {"count": np.int64(self.steps), "seen": seen}
