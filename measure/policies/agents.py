"""The agents of examples/policies: on what they are trained, and what they are compared with."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measure.processes import ROOT, output

FOLDER = ROOT / "examples" / "policies"
# What all trainings came to, so that the page tells their spread.
BOOK = FOLDER / "trainings.json"
# Settings and weights were chosen by looking at episodes of the first, the page is of the others. The third is for the
# agents whose weights were set when figures of the second had been seen.
CHOOSING = 1_000_001
UNSEEN = 3_000_001
UNSEEN_LATER = 5_000_001
EPISODES = 200
SEEDS = range(1, 6)
RULES = ["queue-length", "target-utilisation", "concurrency", "openfaas-rps"]
PAPERS = ["reactive-average", "reactive-maximum", "ratchet"]


@dataclass(frozen=True)
class Agent:
    """An agent that is kept, and what it is compared on."""

    name: str
    scenario: str
    action: str
    reward: str
    history: int
    steps: int
    settings: tuple[str, ...]
    others: tuple[str, ...]
    columns: tuple[str, ...]
    bar: str
    at_least: tuple[str, float]
    at_most: tuple[str, float] | None = None
    unseen: int = UNSEEN

    def reaches(self, training: dict[str, Any]) -> bool:
        """Whether a training came to what is wanted; of an interval, all of it is above 0, too."""
        name, least = self.at_least
        found = training[name]
        if isinstance(found, dict):
            return found["mean"] >= least and found["low"] > 0
        return found >= least and (self.at_most is None or training[self.at_most[0]] <= self.at_most[1])

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.name}.safetensors"

    @property
    def place(self) -> str:
        """The scenario as the command line takes it, from the top of the repository."""
        return f"examples/policies/{self.scenario}" if self.scenario.endswith(".yaml") else self.scenario

    def training(self, seed: int, out: str) -> list[str]:
        words = ["train", "ppo", "--scenario", self.place, "--argument", f"action={self.action}"]
        words += ["--argument", f"reward={self.reward}", "--argument", f"history={self.history}", "--preset", "farm"]
        for setting in self.settings:
            words += ["--set", setting]
        return [*words, "--steps", str(self.steps), "--seed", str(seed), "--out", out]


AGENTS = [
    Agent(
        "paper", "paper-as-run", "paper", '{"miss": 1, "cost": 0.017}', 12, 1_500_000, (),
        ("static:14", *PAPERS, "reactive-average:floor=12", "timetable:0=12,2=17,15=13"),
        ("paper_qos", "paper_mean_workers", "qos", "mean_workers", "scaling_actions"),
        "`paper_qos` of 99.2 % or more at 14.4 `paper_mean_workers` or fewer",
        ("paper_qos", 0.992), ("paper_mean_workers", 14.4), UNSEEN_LATER,
    ),
    Agent(
        "target", "paper-as-run-unblocked.yaml", "target", '{"miss": 1, "cost": 0.0205}', 12, 2_000_000,
        ("discount=0.95", "gaeLambda=0.9", 'learningRate={"from": 3e-3, "to": 1e-5}', "stepsPerRound=32",
         "minibatchSize=512"),
        ("static:14", *RULES), ("paper_qos", "mean_desired", "qos", "mean_workers", "scaling_actions"),
        "`paper_qos` of 99.2 % or more at 13.4 desired workers or fewer",
        ("paper_qos", 0.992), ("mean_desired", 13.4), UNSEEN_LATER,
    ),
    Agent(
        "shuffled", "shuffled", "target", '{"miss": 1, "cost": 0.03}', 4, 1_500_000, (),
        ("static:14", *RULES), ("qos", "mean_workers", "worker_seconds", "scaling_actions", "response_time_p95"),
        "8 % fewer paid worker-seconds than the fixed line at its QoS (95 % or more), and fewer than the best rule",
        ("over_fixed_line", 8),
    ),
]  # fmt: skip


def trainings() -> dict[str, Any]:
    """The book, by the agents' names."""
    return json.loads(BOOK.read_text()) if BOOK.exists() else {}


def run(program: Path, words: list[str]) -> str:
    """Runs the program at the top of the repository, so that names in what it writes are those of the repository."""
    return output([program.absolute(), *words], cwd=ROOT)


def comparison(agent: Agent, policies: list[str], seed: int | None = None, episodes: int = EPISODES) -> list[str]:
    """The words of an evaluation of the policies on the agent's scenario, on unseen seeds unless one is given."""
    words = ["evaluate", "--scenario", agent.place, "--action", agent.action, "--reward", agent.reward]
    return [*words, "--episodes", str(episodes), "--seed", str(seed or agent.unseen), "--policies", ",".join(policies)]


def quoted(word: str) -> str:
    """As a shell takes it."""
    return f"'{word}'" if re.search(r'[ {}"]', word) else word
