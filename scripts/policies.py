"""Trains the agents of examples/policies and writes docs/results.md.

    policies.py train     five trainings of each, with the seeds 1 to 5; keeps the one of median reward
    policies.py report    compares what is kept on 200 paired episodes of seeds that nothing was chosen on, and writes
                          the page

`examples/policies/trainings.json` has what every training came to, so that the page tells their spread.
"""

import argparse
import csv
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from children import ROOT

FOLDER = ROOT / "examples" / "policies"
PAGE = ROOT / "docs" / "results.md"
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


def run(program: Path, words: list[str]) -> str:
    """Runs the program at the top of the repository, so that names in what it writes are those of the repository."""
    done = subprocess.run([program, *words], capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode != 0:
        raise SystemExit(f"policies: {program} {' '.join(words)} ended with {done.returncode}: {done.stderr}")
    return done.stdout


def comparison(agent: Agent, policies: list[str], seed: int | None = None) -> list[str]:
    words = ["evaluate", "--scenario", agent.place, "--action", agent.action, "--reward", agent.reward]
    return [*words, "--episodes", str(EPISODES), "--seed", str(seed or agent.unseen), "--policies", ",".join(policies)]


def curve(table: Path, steps: int) -> list[tuple[int, float, int]]:
    """Mean return of the episodes that ended in each hundredth of a training."""
    bins: dict[int, list[float]] = {}
    with table.open() as lines:
        for row in csv.DictReader(lines):
            if row["name"] == "charts/episodic_return":
                bins.setdefault(min(99, int(row["step"]) * 100 // steps), []).append(float(row["value"]))
    width = steps // 100
    return [((part + 1) * width, sum(values) / len(values), len(values)) for part, values in sorted(bins.items())]


def train(program: Path, agent: Agent, runs: Path | None) -> dict[str, Any]:
    """Trains with every seed, keeps the agent of median reward, and gives what each came to."""
    with tempfile.TemporaryDirectory() as temporary:
        folder, seconds = runs or Path(temporary), []
        files = [str(folder / f"{agent.name}-{seed}.safetensors") for seed in SEEDS]
        for seed, file in zip(SEEDS, files, strict=True):
            begun = time.monotonic()
            if not Path(file).exists():
                run(program, [*agent.training(seed, file), "--csv", file + ".csv"])
                seconds.append(round(time.monotonic() - begun))
        chosen = json.loads(run(program, [*comparison(agent, files, CHOOSING), "--format", "json"]))
        order = sorted(range(len(files)), key=lambda index: chosen["policies"][index]["reward"]["mean"])
        result = json.loads(run(program, [*comparison(agent, files), "--format", "json"]))
        kept = order[len(order) // 2]
        shutil.copy(files[kept], agent.path)
        table = Path(files[kept] + ".csv")
        if table.exists():
            with agent.path.with_suffix(".csv").open("w", newline="") as lines:
                writer = csv.writer(lines)
                writer.writerow(["step", "mean_return", "episodes"])
                writer.writerows((step, f"{mean:.4f}", count) for step, mean, count in curve(table, agent.steps))
    trainings = []
    for seed, policy in zip(SEEDS, result["policies"], strict=True):
        means = {name: round(policy[name]["mean"], 6) for name in [*agent.columns, "reward"]}
        trainings.append({"seed": seed, **means, "over_fixed_line": policy.get("over_fixed_line")})
    command = " ".join(quoted(word) for word in agent.training(SEEDS[kept], f"{agent.name}.safetensors"))
    return {"command": f"faasfarm {command}", "kept": SEEDS[kept], "seconds": seconds, "trainings": trainings}


def quoted(word: str) -> str:
    return f"'{word}'" if re.search(r'[ {}"]', word) else word


def number(name: str, value: float) -> str:
    if name in ("qos", "paper_qos"):
        return f"{100 * value:.2f} %"
    return f"{value:.0f}" if name == "worker_seconds" else f"{value:.2f}"


def cell(name: str, entry: dict[str, float]) -> str:
    half = (entry["high"] - entry["low"]) / 2
    shown = number(name, entry["mean"])
    width = number(name, half).removesuffix(" %")
    return f"{shown.removesuffix(' %')} ± {width}{' %' if shown.endswith('%') else ''}"


def saving(policy: dict[str, Any]) -> str:
    over = policy.get("over_fixed_line")
    return f"{over['mean']:.1f} % ({over['low']:.1f} to {over['high']:.1f})" if over else ""


def heading(first: str, agent: Agent) -> list[str]:
    columns = [first, *agent.columns, "under the fixed line"]
    return [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]


def section(program: Path, agent: Agent, training: dict[str, Any]) -> list[str]:
    """What an agent came to, beside the others."""
    own = f"examples/policies/{agent.name}.safetensors"
    words = [*comparison(agent, [own, *agent.others]), "--tune", "--hindsight", "200"]
    with tempfile.TemporaryDirectory() as temporary:
        report = Path(temporary) / "report.html"
        result = json.loads(run(program, [*words, "--format", "json", "--report", str(report)]))
        page = report.read_text()
    pictures = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    style = "".join(re.findall(r"<style>(.*?)</style>", page, re.DOTALL))
    lines = [f"## {agent.name}: `{agent.place}`, `{agent.action}` actions", "", f"Wanted: {agent.bar}.", ""]
    reached = sum(map(agent.reaches, training["trainings"]))
    what = "the former" if agent.at_most is None else "it"
    lines[-2] += f" Trainings that reach {what}: {reached} of {len(training['trainings'])}."
    if pictures:
        (PAGE.parent / "pictures").mkdir(exist_ok=True)
        start, rest = pictures[0].replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1).split(">", 1)
        sheet = f"<style><![CDATA[{style}\nsvg{{font-family:sans-serif}}]]></style>"
        text = f'{start}>{sheet}<rect width="100%" height="100%" style="fill:var(--card)"/>{rest}'
        (PAGE.parent / "pictures" / f"{agent.name}.svg").write_text(text + "\n")
        lines += [f"![QoS against workers](pictures/{agent.name}.svg)", ""]
    lines += [
        f"| policy | {' | '.join(agent.columns)} | under the fixed line |",
        "|---" * (len(agent.columns) + 2) + "|",
    ]
    shown = {policy["policy"] for policy in result["policies"]}
    near = [line for line in result["fixed_line"] if 0.9 <= line["qos"]["mean"] < 0.999 and line["policy"] not in shown]
    for policy in [*result["policies"], *near]:
        name = f"**{agent.name}**" if policy["policy"] == own else f"`{policy['policy']}`"
        cells = [cell(column, policy[column]) for column in agent.columns]
        lines.append(f"| {name} | {' | '.join(cells)} | {saving(policy)} |")
    lines += ["", "Paired differences to the agent (policy minus agent, 95 % intervals):", ""]
    lines += ["| policy | QoS, points | paid worker-seconds | reward |", "|---|---|---|---|"]
    for policy in result["policies"][1:]:
        parts = []
        for name, factor in (("qos", 100), ("worker_seconds", 1), ("reward", 1)):
            entry = policy["difference"][name]
            mean, low, high = (factor * entry[key] for key in ("mean", "low", "high"))
            parts.append(f"{mean:+.2f} ({low:+.2f} to {high:+.2f})")
        lines.append(f"| `{policy['policy']}` | {' | '.join(parts)} |")
    left = result["policies"][0].get("to_hindsight")
    if left:
        interval = f"{left['mean']:.2f} ({left['low']:.2f} to {left['high']:.2f})"
        lines += ["", f"Left to `hindsight`, the best plan found in 200 episodes a seed: {interval} of reward."]
    lines += ["", "All trainings, each on the same 200 episodes:", ""]
    lines += [*heading("seed", agent)]
    for one in training["trainings"]:
        mark = " (kept)" if one["seed"] == training["kept"] else ""
        cells = [number(column, one[column]) for column in agent.columns]
        lines.append(f"| {one['seed']}{mark} | {' | '.join(cells)} | {saving(one)} |")
    evaluated = " ".join(quoted(word) for word in words)
    return [*lines, "", "    " + training["command"], "    faasfarm " + evaluated, ""]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=["train", "report"])
    parser.add_argument("--program", type=Path, default=ROOT / ".build" / "release" / "faasfarm")
    parser.add_argument("--only", default="", help="agents whose name has this in it")
    parser.add_argument("--runs", type=Path, help="a folder for trained files; those there are kept")
    options = parser.parse_args()
    book = FOLDER / "trainings.json"
    trainings = json.loads(book.read_text()) if book.exists() else {}
    if options.task == "train":
        for agent in AGENTS:
            if options.only in agent.name:
                trainings[agent.name] = train(options.program, agent, options.runs)
                book.write_text(json.dumps(trainings, indent=1) + "\n")
        return 0
    lines = PREFACE.splitlines()
    for agent in AGENTS:
        if agent.name in trainings:
            lines += section(options.program, agent, trainings[agent.name])
    PAGE.write_text("\n".join(lines))
    return 0


PREFACE = """# Results

Written by `scripts/policies.py report`; not to be edited.

Agents of `faasfarm train` on farms, beside fixed numbers of workers, the paper's controllers, and the operators'
rules with the parameters that did best on other seeds. 200 episodes of the seeds from 3,000,001 on, of `paper` and
`target` from 5,000,001 on (their weights were set when figures of the former had been seen), the same for every policy;
± is half of a 95 % interval. No training saw an agent's seeds, and nothing of it was chosen by them: the reward's
weights and the settings were chosen by hand on episodes of the seeds from 1,000,001 and 3,500,001 on, and which of
five trainings is kept is their median by reward on the former. The agents observe `full`, which tells nothing of
the schedule, over several windows: they may remember, and are told nothing that an operator would not know.
"Under the
fixed line" is how many per cent fewer worker-seconds a policy pays than fixed numbers do at its QoS
([evaluation.md](evaluation.md)).

The reward's weights are the price at which a missed deadline is to be avoided: `{"miss": 1, "cost": 0.02}` is one
missed task against 50 paid worker-seconds, 0.03 against 33. The weights were chosen so that the QoS comes out where it
is wanted; [learning.md](learning.md#what-was-tried) has what else was tried.

What the paper has in its table (ten episodes each, `paper_qos` at `paper_mean_workers`): SARSA 99.20 % at 14.78,
told the phase and evaluated on seeds of its training; DQN 94.91 % at 14.40; ReactiveMaximum 65.61 % at 13.92;
ReactiveAverage 50.87 % at 10.79. [paper.md](paper.md) tells how those come about.

"""

if __name__ == "__main__":
    sys.exit(main())
