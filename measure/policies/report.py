"""docs/results.md: what the kept agents are worth on paired episodes of seeds that nothing was chosen on."""

import json
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from measure.policies.agents import AGENTS, EPISODES, Agent, comparison, quoted, run, trainings
from measure.processes import ROOT

PAGE = ROOT / "docs" / "results.md"


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


def picture(page: str) -> str | None:
    """The first picture of an evaluation's page, as a file of its own."""
    pictures = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    if not pictures:
        return None
    style = "".join(re.findall(r"<style>(.*?)</style>", page, re.DOTALL))
    start, rest = pictures[0].replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1).split(">", 1)
    sheet = f"<style><![CDATA[{style}\nsvg{{font-family:sans-serif}}]]></style>"
    return f'{start}>{sheet}<rect width="100%" height="100%" style="fill:var(--card)"/>{rest}\n'


def compared(agent: Agent, own: str, result: dict[str, Any]) -> list[str]:
    """A row a policy, and of the fixed numbers those near the QoS that is wanted."""
    lines = heading("policy", agent)
    shown = {policy["policy"] for policy in result["policies"]}
    near = [line for line in result["fixed_line"] if 0.9 <= line["qos"]["mean"] < 0.999 and line["policy"] not in shown]
    for policy in [*result["policies"], *near]:
        name = f"**{agent.name}**" if policy["policy"] == own else f"`{policy['policy']}`"
        cells = [cell(column, policy[column]) for column in agent.columns]
        lines.append(f"| {name} | {' | '.join(cells)} | {saving(policy)} |")
    return lines


def differences(result: dict[str, Any]) -> list[str]:
    """A row a policy beside the agent."""
    lines = ["| policy | QoS, points | paid worker-seconds | reward |", "|---|---|---|---|"]
    for policy in result["policies"][1:]:
        parts = []
        for name, factor in (("qos", 100), ("worker_seconds", 1), ("reward", 1)):
            entry = policy["difference"][name]
            mean, low, high = (factor * entry[key] for key in ("mean", "low", "high"))
            parts.append(f"{mean:+.2f} ({low:+.2f} to {high:+.2f})")
        lines.append(f"| `{policy['policy']}` | {' | '.join(parts)} |")
    return lines


def of_trainings(agent: Agent, training: dict[str, Any]) -> list[str]:
    """A row a training."""
    lines = heading("seed", agent)
    for one in training["trainings"]:
        mark = " (kept)" if one["seed"] == training["kept"] else ""
        cells = [number(column, one[column]) for column in agent.columns]
        lines.append(f"| {one['seed']}{mark} | {' | '.join(cells)} | {saving(one)} |")
    return lines


def section(program: Path, agent: Agent, training: dict[str, Any], pictures: Path, episodes: int) -> list[str]:
    """What an agent came to, beside the others; the picture is written into the folder `pictures`."""
    own = f"examples/policies/{agent.name}.safetensors"
    words = [*comparison(agent, [own, *agent.others], episodes=episodes), "--tune", "--hindsight", str(episodes)]
    with tempfile.TemporaryDirectory() as temporary:
        report = Path(temporary) / "report.html"
        result = json.loads(run(program, [*words, "--format", "json", "--report", str(report)]))
        drawn = picture(report.read_text())
    reached = sum(map(agent.reaches, training["trainings"]))
    what = "the former" if agent.at_most is None else "it"
    wanted = f"Wanted: {agent.bar}. Trainings that reach {what}: {reached} of {len(training['trainings'])}."
    lines = [f"## {agent.name}: `{agent.place}`, `{agent.action}` actions", "", wanted, ""]
    if drawn:
        pictures.mkdir(exist_ok=True)
        (pictures / f"{agent.name}.svg").write_text(drawn)
        lines += [f"![QoS against workers](pictures/{agent.name}.svg)", ""]
    lines += compared(agent, own, result)
    lines += ["", "Paired differences to the agent (policy minus agent, 95 % intervals):", "", *differences(result)]
    if left := result["policies"][0].get("to_hindsight"):
        interval = f"{left['mean']:.2f} ({left['low']:.2f} to {left['high']:.2f})"
        lines += ["", f"Left to `hindsight`, the best plan found in {episodes} episodes a seed: {interval} of reward."]
    lines += ["", f"All trainings, each on the same {episodes} episodes:", "", *of_trainings(agent, training)]
    evaluated = " ".join(quoted(word) for word in words)
    return [*lines, "", "    " + training["command"], "    faasfarm " + evaluated, ""]


def write(program: Path, page: Path = PAGE, chosen: Sequence[Agent] = AGENTS, episodes: int = EPISODES) -> None:
    """Writes the page, and the pictures beside it."""
    book = trainings()
    lines = PREFACE.splitlines()
    for agent in chosen:
        if agent.name in book:
            lines += section(program, agent, book[agent.name], page.parent / "pictures", episodes)
    page.write_text("\n".join(lines))


PREFACE = """# Results

Written by `make policies`; not to be edited.

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
