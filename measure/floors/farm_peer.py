"""The farm of README.md in plain Python: what a simulator costs that is written without thinking of speed.

python farm_peer.py [random|hold|trace] [EPISODES] [REPETITIONS] [SEED]

Prints one JSON line. `FarmPeer` is a Gymnasium environment, for `SyncVectorEnv` and learners too.
"""

import heapq
import json
import math
import random
import statistics
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

STEPS, STEP_SECONDS = 30, 8.0
RATES, SEGMENT_SECONDS = (4.0, 8.0, 16.0, 24.0, 12.0, 6.0), 40.0
MIN_WORKERS, MAX_WORKERS, INITIAL_WORKERS = 1, 20, 4
START_SECONDS, DEADLINE_SECONDS = 5.0, 2.0
LOG_SD = 0.5
LOG_MEAN = math.log(0.5) - LOG_SD**2 / 2
ARRIVAL, COMPLETION, STARTED = range(3)


class FarmPeer(gymnasium.Env):
    """One farm. Actions: 0 a worker fewer, 1 as many as now, 2 one more."""

    metadata = {"render_modes": []}

    def __init__(self) -> None:
        self.observation_space = spaces.Box(0.0, np.inf, (9,), np.float32)
        self.action_space = spaces.Discrete(3)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[np.ndarray, dict]:
        super().reset(seed=seed)
        arrivals, service = (random.Random(int(word)) for word in self.np_random.integers(1 << 62, size=2))
        self._exponential = arrivals.expovariate
        self._lognormal = service.lognormvariate
        self._events: list[tuple[float, int, int, float]] = []
        self._pushed = 0
        self._queue: deque[float] = deque()
        self._ready, self._busy, self._starting, self._retiring = INITIAL_WORKERS, 0, 0, 0
        self._step = 0
        self._emit_after(0.0)
        return self._observation(0, 0, 0.0, 0.0), {}

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        now = self._step * STEP_SECONDS
        if action == 2 and self._ready - self._retiring + self._starting < MAX_WORKERS:
            self._starting += 1
            self._push(now + START_SECONDS, STARTED)
        elif action == 0 and self._ready - self._retiring > MIN_WORKERS:
            if self._busy < self._ready:
                self._ready -= 1
            else:
                self._retiring += 1
        end = now + STEP_SECONDS
        emitted = completed = met = 0
        response_seconds = 0.0
        events = self._events
        while events and events[0][0] < end:
            now, _, kind, arrived = heapq.heappop(events)
            if kind == ARRIVAL:
                emitted += 1
                if self._busy < self._ready:
                    self._begin(now, now)
                else:
                    self._queue.append(now)
                self._emit_after(now)
            elif kind == COMPLETION:
                response = now - arrived
                completed += 1
                response_seconds += response
                if response <= DEADLINE_SECONDS:
                    met += 1
                self._busy -= 1
                if self._retiring:
                    self._retiring -= 1
                    self._ready -= 1
                elif self._queue:
                    self._begin(now, self._queue.popleft())
            else:
                self._starting -= 1
                self._ready += 1
                if self._queue:
                    self._begin(now, self._queue.popleft())
        self._step += 1
        live = self._ready - self._retiring + self._starting
        share = met / completed if completed else 0.0 if self._queue else 1.0
        observation = self._observation(emitted, completed, share, response_seconds / completed if completed else 0.0)
        info = {"emitted": emitted, "completed": completed, "met": met}
        return observation, share - 0.5 * live / MAX_WORKERS, False, self._step == STEPS, info

    def _push(self, moment: float, kind: int, arrived: float = 0.0) -> None:
        # The number keeps events of one moment in their order, and tuples from comparing further.
        self._pushed += 1
        heapq.heappush(self._events, (moment, self._pushed, kind, arrived))

    def _begin(self, now: float, arrived: float) -> None:
        self._busy += 1
        self._push(now + self._lognormal(LOG_MEAN, LOG_SD), COMPLETION, arrived)

    def _emit_after(self, now: float) -> None:
        """Exact for rates that are constant in pieces: one unit exponential is spent over the segments."""
        budget = self._exponential(1.0)
        for segment in range(int(now / SEGMENT_SECONDS), len(RATES)):
            end, rate = (segment + 1) * SEGMENT_SECONDS, RATES[segment]
            room = (end - now) * rate
            if budget < room:
                self._push(now + budget / rate, ARRIVAL)
                return
            budget -= room
            now = end

    def _observation(self, emitted: int, completed: int, share: float, response: float) -> np.ndarray:
        seen = (
            len(self._queue),
            self._busy,
            self._ready - self._retiring,
            self._starting,
            emitted / STEP_SECONDS,
            completed / STEP_SECONDS,
            share,
            response,
            self._step / STEPS,
        )
        return np.array(seen, dtype=np.float32)


def policies(actions: random.Random) -> dict[str, Callable[[int], int]]:
    """Actions by the number of the step. `trace`: up for 12 steps, as it is for 6, down for the rest."""
    return {
        "random": lambda step: actions.randrange(3),
        "hold": lambda step: 1,
        "trace": lambda step: 2 if step < 12 else 1 if step < 18 else 0,
    }


def main(policy: str = "random", episodes: str = "60", repetitions: str = "5", seed: str = "1") -> None:
    """Runs the episodes and prints their line."""
    act = policies(random.Random(f"actions {seed}"))[policy]
    env = FarmPeer()
    env.reset(seed=int(seed))
    returns, speeds, tasks, met = [], [], 0, 0.0
    for _ in range(int(repetitions)):
        before, begun = tasks, time.process_time()
        for _ in range(int(episodes)):
            env.reset()
            total = 0.0
            for step in range(STEPS):
                observation, reward, _, _, info = env.step(act(step))
                total += reward
                tasks += info["emitted"]
                met += float(observation[6])
            returns.append(total)
        speeds.append((tasks - before) / (time.process_time() - begun))
    line = {
        "program": "farm_peer",
        "policy": policy,
        "episodes": len(returns),
        "seed": int(seed),
        "tasks_per_cpu_second": {
            "least": round(min(speeds)),
            "median": round(statistics.median(speeds)),
            "most": round(max(speeds)),
        },
        "mean_return": round(statistics.fmean(returns), 4),
        "standard_error": round(statistics.stdev(returns) / math.sqrt(len(returns)), 4),
        "tasks_per_episode": round(tasks / len(returns), 1),
        "mean_share_met": round(met / len(returns) / STEPS, 4),
    }
    print(json.dumps(line))


if __name__ == "__main__":
    if len(sys.argv) > 5 or (len(sys.argv) > 1 and sys.argv[1] not in policies(random.Random())):
        sys.exit("python farm_peer.py [random|hold|trace] [EPISODES] [REPETITIONS] [SEED]")
    main(*sys.argv[1:])
