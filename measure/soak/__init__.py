"""Checks at full size what must hold, and writes docs/measured.md: commit, machine, figure, bar, verdict.

`make test` has each at a small size, by the same code. The page has a section a part; those of parts that are not run
stay as they are, with the commit that they were measured at. The exit code is 1 when something falls short.
"""

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from measure.bench import recording
from measure.parts import Setting, add_options, described, show, verdict
from measure.rows import Row
from measure.soak import calibration, fidelity, growth, ingress, keda, live, steering, suites, yardsticks
from measure.soak.page import PAGE, page, section

NAME = "soak"
SUMMARY = "what must hold at full size; writes docs/measured.md"
PARTS = [
    fidelity.PART, growth.PART, recording.PART, calibration.PART, live.PART, ingress.PART, yardsticks.PART,
    keda.PART, steering.PART, *suites.PARTS,
]  # fmt: skip
DETAILS = described(PARTS)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_options(parser, PARTS)
    parser.add_argument("--out", type=Path, default=PAGE, help="the page (default: docs/measured.md)")
    parser.add_argument("--keep", type=Path, help="a folder that recordings, fits and the like are kept in")


def run(options: argparse.Namespace) -> int:
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        # 10 blocks: what recording costs is measured in 40 turns.
        setting = Setting(options.program, folder, blocks=10)
        for part in options.parts:
            begun = time.monotonic()
            own = replace(setting, folder=folder / part.name)
            own.folder.mkdir(exist_ok=True)
            found = show(part, part.measured(lambda part=part, own=own: part.rows(own)), options.format)
            rows += found
            old = options.out.read_text() if options.out.exists() else ""
            sections = {part.name: section(part.name, found, time.monotonic() - begun)}
            # After each part, so that what was measured is there when a later one is interrupted.
            options.out.write_text(page(old, sections, [each.name for each in PARTS]))
    holding = sum(row.holds for row in rows)
    print(f"soak: {holding} of {len(rows)} hold; {options.out} has the figures", file=sys.stderr)
    return verdict(NAME, rows)
