"""What the program does in a second, beside floors or an older program, on this machine, in one run.

Each figure stands beside its floor: all sides take turns in short blocks, so that a disturbance of the machine hits
all, and a ratio is the median over the blocks. With --against both programs are the sides, and a ratio is new over
old: the median over the pairs with its 95 % bootstrap interval. The exit code is then 1 when an interval does not
reach the bound that --least (speeds) and --most (costs) give; a comparison of 30 pairs of the parts wire and vectors
takes ten minutes.
"""

import argparse
import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from measure.bench import crowd, instructions, recording, simulator, sleepers, vectors, wire, wrk, zero
from measure.parts import Part, Setting, add_options, described, show, verdict
from measure.rows import Row
from measure.turns import Bound, rows_against

NAME = "bench"
SUMMARY = "speed, beside floors in C and Python or beside an older build of the program"
PARTS = [module.PART for module in (simulator, vectors, wire, sleepers, wrk, crowd, zero, recording, instructions)]
DETAILS = described(PARTS)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_options(parser, PARTS)
    parser.add_argument("--blocks", type=int, default=9, help="turns of each side (default: 9)")
    parser.add_argument("--seconds", type=float, default=0.5, help="length of a turn (default: 0.5)")
    parser.add_argument("--against", type=Path, metavar="PROGRAM", help="an older faasfarm program to compare with")
    parser.add_argument("--pairs", type=int, default=30, help="with --against: turns of both programs (default: 30)")
    parser.add_argument("--least", type=float, help="with --against: what new/old of speeds has to reach, as 0.97")
    parser.add_argument("--most", type=float, help="with --against: what new/old of costs may be, as 1.03")


def against(part: Part, setting: Setting, program: Path, pairs: int, bound: Bound) -> Iterator[Row]:
    """A part's rows for two programs."""
    older = replace(setting, program=program, folder=Path(tempfile.mkdtemp(dir=setting.folder)))
    if not part.groups:
        yield Row.skipped(part.name, "it is not measured in turns, and so not compared")
    for group in part.groups:
        with contextlib.ExitStack() as stack:
            new, old = (stack.enter_context(group(side)) for side in (setting, older))
            yield from rows_against(new, old, pairs, bound)


def run(options: argparse.Namespace) -> int:
    rows: list[Row] = []
    bound = Bound(options.least, options.most)
    with tempfile.TemporaryDirectory() as folder:
        setting = Setting(options.program, Path(folder), options.blocks, options.seconds)
        for part in options.parts:
            if options.against is None:
                measure = partial(part.rows, setting)
            else:
                measure = partial(against, part, setting, options.against, options.pairs, bound)
            rows += show(part, part.measured(measure), options.format)
    # Without another program there is nothing that has to hold.
    return 0 if options.against is None else verdict(NAME, rows)
