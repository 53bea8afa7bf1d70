"""Environments to be served by `faasfarm.host`, and a place to listen."""

import gymnasium
import numpy as np
from counting import Counting
from gymnasium import spaces

LOOPBACK = "tcp://127.0.0.1:0"

SPACES = {
    "box": spaces.Box(-5, 5, (2, 3), np.float32),
    "box64": spaces.Box(np.array([-1.0, -np.inf]), np.array([0.1, np.inf]), dtype=np.float64),
    "bytes": spaces.Box(0, 255, (3, 2, 1), np.uint8),
    "longs": spaces.Box(-(2**62), 2**62, (2,), np.int64),
    "half": spaces.Box(-1, 1, (4,), np.float16),
    "bools": spaces.Box(0, 1, (3,), np.bool_),
    "scalar": spaces.Box(-1, 1, (), np.float64),
    "discrete": spaces.Discrete(7, start=-3),
    "discrete int32": spaces.Discrete(7, dtype=np.int32),
    "many int32": spaces.MultiDiscrete([2, 3], dtype=np.int32),
    "signed zeros": spaces.Box(np.array([0.0, -0.0]), np.ones(2), dtype=np.float64),
    "many": spaces.MultiDiscrete([[2, 3], [4, 5]], start=[[0, -1], [7, 2]]),
    "binary": spaces.MultiBinary((2, 3)),
    "text": spaces.Text(6, min_length=1, charset="aäß€"),
    "dict": spaces.Dict({"b": spaces.Discrete(3), "a": spaces.Tuple([spaces.Text(3), spaces.MultiBinary(2)])}),
    "tuple": spaces.Tuple([spaces.Discrete(2, start=5), spaces.Dict({"x": spaces.Box(0, 1, (2,), np.float32)})]),
}
"""One of each kind, and what is easily mistaken."""


class Echo(gymnasium.Env):
    """Observes the action; the reward says whether it is in the space."""

    def __init__(self, space: str = "box") -> None:
        self.observation_space = self.action_space = SPACES[space]

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.observation_space.seed(int(self.np_random.integers(2**31)))
        return self.observation_space.sample(), {}

    def step(self, action):
        assert self.action_space.contains(action), action
        return action, 1.0, False, False, {"echo": str(action)}


class Faulty(gymnasium.Env):
    """Does what its action says: 0 is well, 1 raises, 2 gives a reward that is none, 3 observes what is none."""

    observation_space = spaces.Box(0, 1, (1,), np.float32)
    action_space = spaces.Discrete(4)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        if options and "fail" in options:
            raise ArithmeticError("as was asked for")
        return np.zeros(1, np.float32), {}

    def step(self, action):
        if action == 1:
            raise ArithmeticError("as was asked for")
        observation = np.zeros(2 if action == 3 else 1, np.float32)
        return observation, np.nan if action == 2 else 0.5, False, False, {"nothing": None, "thing": object()}


class Painted(Counting):
    """Renders its steps: as so many bright lines, or as text."""

    metadata = {"render_modes": ["human", "rgb_array", "ansi"], "render_fps": 7}

    def __init__(self, render_mode: str | None = None) -> None:
        super().__init__()
        self.render_mode = render_mode

    def render(self):
        if self.render_mode == "ansi":
            return f"{self.steps} steps"
        picture = np.zeros((6, 4, 3), np.uint8)
        picture[: self.steps, :, 1] = 255
        return picture
