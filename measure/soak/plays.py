"""Episodes of farms under a few policies, live ones again where the machine disturbed them."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import faasfarm

from measure.processes import ProgramFailed

# Of a step's metrics, the change of the number of workers: -1, 0 or 1.
Policy = Callable[[dict], int]


def reactive_average(metrics: dict) -> int:
    """`reactive-average` of docs/policies.md."""
    workers, waiting = metrics["ready"], metrics["queue_length"]
    time = max(metrics.get("response_time_mean", 1.5), 0.1)
    share = time / max(metrics["step_seconds"], time, 1)
    needed = max(1, metrics["arrival_rate"] * time + waiting * share)
    active = max(0, metrics["emitted"] - waiting - metrics["collecting"] - metrics["done"])
    delta = needed - (workers - 0.5 * min(workers, max(0, active - 1)) * share)
    return 1 if delta >= 0.5 else -1 if delta <= -0.5 else 0


# Those that `faasfarm evaluate` has under these names; Tests/acceptance/test_episodes.py checks that they are the same.
POLICIES: dict[str, Policy] = {
    "static": lambda metrics: 0,
    "ratchet": lambda metrics: 1 if metrics["qos"] < 0.95 else 0,
    "reactive-average": reactive_average,
}


def wandering(seed: int) -> Policy:
    """Goes up and down by chance, so that workers are seen to start."""
    randomness = random.Random(seed)
    return lambda metrics: randomness.choice([-1, 0, 0, 1, 1])


@dataclass
class Play:
    """What an episode came to."""

    # In the recording; None where there is none.
    episode: str | None
    qos: float
    workers: float


def play(env: faasfarm.Env, policy: Policy, seed: int, step_seconds: float) -> Play:
    """One episode."""
    _, info = env.reset(seed=seed)
    episode = info.get("episode_id")
    over = False
    while not over:
        totals = info["totals"]
        metrics = info["metrics"] | {
            "step_seconds": step_seconds, "emitted": totals["emitted"], "done": totals["done"],
            "collecting": 0,
        }  # fmt: skip
        _, _, terminated, truncated, info = env.step(1 + policy(metrics))
        over = terminated or truncated
    result = info["result"]
    return Play(episode, 100 * result["qos"], result["mean_workers"])


class Pulse:
    """How long this process was kept from running at most, in seconds, while the context lasts."""

    def __enter__(self) -> "Pulse":
        self.longest = 0.0
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.beat, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        self.thread.join()

    def beat(self) -> None:
        before = time.monotonic()
        while not self.is_over.wait(0.01):
            now = time.monotonic()
            self.longest = max(self.longest, now - before - 0.01)
            before = now


# Seconds of a pause that no farm is to blame for.
DISTURBANCE = 0.25
# Episodes in a row that may be thrown away.
MOST_REPEATED = 10


@dataclass
class Stage:
    """Plays live episodes.

    One during which this very script was kept from running for more than `disturbance` seconds is thrown away, whatever
    it came to.
    """

    env: faasfarm.Env
    step_seconds: float
    tell: Callable[[str], None]
    disturbance: float = DISTURBANCE
    thrown_away: int = 0

    def play(self, name: str, policy: Callable[[], Policy], seed: int) -> Play:
        for _ in range(MOST_REPEATED):
            with Pulse() as pulse:
                result = play(self.env, policy(), seed, self.step_seconds)
            text = f"{name}, seed {seed}: QoS {result.qos:.2f} %, {result.workers:.2f} workers"
            if pulse.longest <= self.disturbance:
                self.tell(text)
                return result
            self.thrown_away += 1
            self.tell(f"{text}; thrown away, the machine stood still for {pulse.longest:.2f} s")
        raise ProgramFailed(f"the machine disturbs every episode; {MOST_REPEATED} in a row were of no use")
