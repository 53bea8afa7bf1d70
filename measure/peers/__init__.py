"""Environment steps a second, learning included, of our PPO and of Stable-Baselines3's, one thread each, in one run.

Three settings: RL Baselines3 Zoo's for CartPole-v1 (20 epochs: arithmetic decides), CleanRL's defaults on
CartPole-v1, and the farm (scenario bench-farm, the zoo's settings), where Stable-Baselines3 steps farms on our daemon
through `faasfarm.sb3.as_vec_env`; the plain-Python farm of measure/floors stands beside it. Both sides take turns; a
ratio is the median over the rounds, by the clock and by the processor's time, which other programs on the machine
disturb less. The exit code is 1 when a ratio by the clock falls short. Needs torch and stable-baselines3, hence a
virtual environment of its own: `make bench-peers` makes it.
"""

import argparse
import os
from functools import partial
from pathlib import Path

from measure.parts import Part, Setting, add_options, described, show, verdict
from measure.peers.speed import CASES, rows
from measure.rows import Row

NAME = "peers"
SUMMARY = "training speed beside Stable-Baselines3 (needs .venv-peers)"
PARTS = [Part(name, case.summary, partial(rows, name)) for name, case in CASES.items()]
DETAILS = described(PARTS)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_options(parser, PARTS)
    parser.add_argument("--rounds", type=int, default=3, help="how often both sides take turns (default: 3)")
    parser.add_argument("--steps", type=int, default=16_384, help="of Stable-Baselines3's runs; ours: 8 times that")


def run(options: argparse.Namespace) -> int:
    # The daemon that the Python package starts is the program that is measured.
    os.environ["FAASFARM_BIN"] = str(options.program.absolute())
    setting = Setting(options.program, Path.cwd(), blocks=options.rounds)
    found: list[Row] = []
    for part in options.parts:
        measured = part.measured(lambda part=part: part.rows(setting, options.steps))
        found += show(part, measured, options.format)
    return verdict(NAME, found)
