"""Trains the agents of examples/policies and writes docs/results.md.

    train     five trainings of each, with the seeds 1 to 5; keeps the one of median reward
    report    compares what is kept on 200 paired episodes of seeds that nothing was chosen on, and writes the page

`examples/policies/trainings.json` has what every training came to, so that the page tells their spread.
"""

import argparse
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from measure.parts import Part, Setting, add_options, described, show, verdict
from measure.policies import agents, report, training
from measure.rows import Row

NAME = "policies"
SUMMARY = "trains the agents of examples/policies, or writes docs/results.md of them"


def reached(agent: agents.Agent, setting: Setting) -> Iterator[Row]:
    """What the trainings of an agent came to: a row each."""
    book = agents.trainings().get(agent.name)
    for one in book["trainings"] if book else []:
        kept = " (kept)" if one["seed"] == book["kept"] else ""
        figures = ", ".join(f"{name} {report.number(name, one[name])}" for name in agent.columns)
        yield Row(f"training with seed {one['seed']}{kept}", figures, values=one)


PARTS = [
    Part(agent.name, f"{agent.place}, {agent.action}; wanted: {agent.bar}", partial(reached, agent))
    for agent in agents.AGENTS
]
DETAILS = described(PARTS)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("task", choices=["train", "report"])
    add_options(parser, PARTS)
    parser.add_argument("--runs", type=Path, help="train: a folder for trained files; those there are kept")
    parser.add_argument("--out", type=Path, default=report.PAGE, help="report: the page (default: docs/results.md)")


def run(options: argparse.Namespace) -> int:
    rows: list[Row] = []
    names = {part.name for part in options.parts}
    if options.task == "train":
        book = agents.trainings()
        for agent in agents.AGENTS:
            if agent.name in names:
                book[agent.name] = training.train(options.program, agent, options.runs)
                agents.BOOK.write_text(json.dumps(book, indent=1) + "\n")
    else:
        # The whole page: an agent's section says what all others are worth beside it.
        report.write(options.program, options.out)
    setting = Setting(options.program, agents.FOLDER)
    for part in options.parts:
        rows += show(part, part.measured(lambda part=part: part.rows(setting)), options.format)
    return verdict(NAME, rows)
