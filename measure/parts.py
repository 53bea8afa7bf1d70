"""What a command measures: a list of parts, of which its user may choose."""

import argparse
import contextlib
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from measure.processes import ROOT
from measure.rows import Row
from measure.turns import Gauge, rows_beside

PROGRAM = ROOT / ".build" / "release" / "faasfarm"


@dataclass(frozen=True)
class Setting:
    """What is measured, and how long."""

    program: Path
    # For sockets and scratch files.
    folder: Path
    # Turns of each side, and the seconds of a turn.
    blocks: int = 9
    seconds: float = 0.5


# Starts what is to be measured in turns, and ends it.
Group = Callable[[Setting], contextlib.AbstractContextManager[list[Gauge]]]


@dataclass(frozen=True)
class Part:
    """One thing to measure.

    Attributes:
        name: as it is given to --parts.
        summary: a line of what it measures.
        rows: measures.
        groups: what is measured in turns; these can be compared with another program's.
        needs: a program that has to be on the PATH.
    """

    name: str
    summary: str
    rows: Callable[[Setting], Iterable[Row]]
    groups: tuple[Group, ...] = ()
    needs: str | None = None

    @classmethod
    def in_turns(cls, name: str, summary: str, *groups: Group, needs: str | None = None) -> "Part":
        """A part whose rows are those of its groups."""

        def rows(setting: Setting) -> Iterator[Row]:
            for group in groups:
                with group(setting) as gauges:
                    yield from rows_beside(gauges, setting.blocks)

        return cls(name, summary, rows, groups, needs)

    def measured(self, rows: Callable[[], Iterable[Row]]) -> Iterator[Row]:
        """The rows with the part's name, or the reason why there are none."""
        if self.needs and not shutil.which(self.needs):
            found: Iterable[Row] = [Row.skipped(self.name, f"there is no {self.needs} (apt-get install {self.needs})")]
        else:
            found = rows()
        for row in found:
            yield row.of(self.name)


class Chosen(argparse.Action):
    """--parts a,b: the parts with these names, in the order of the list."""

    def __init__(self, *, parts: Sequence[Part], **options) -> None:
        super().__init__(**options)
        self.parts = parts

    def __call__(self, parser, namespace, values, option_string=None) -> None:
        names = values.split(",")
        if unknown := sorted(set(names) - {part.name for part in self.parts}):
            known = ", ".join(part.name for part in self.parts)
            parser.error(f"no part is called {', '.join(unknown)}; there are: {known}")
        setattr(namespace, self.dest, [part for part in self.parts if part.name in names])


def add_options(parser: argparse.ArgumentParser, parts: Sequence[Part] = ()) -> None:
    """The options that every command has."""
    parser.add_argument(
        "--program", type=Path, default=PROGRAM, help="the faasfarm program (default: .build/release/faasfarm)"
    )
    parser.add_argument("--format", choices=["text", "json"], default="text", help="json: an object a row")
    if parts:
        parser.add_argument(
            "--parts", action=Chosen, parts=parts, default=list(parts), metavar="NAMES",
            help=f"which, separated by commas (default: all): {', '.join(part.name for part in parts)}",
        )  # fmt: skip


def described(parts: Sequence[Part]) -> str:
    """The parts, a line each, for a command's help."""
    wide = 2 + max(len(part.name) for part in parts)
    lines = [
        textwrap.fill(f"{part.name:<{wide}}{part.summary}", 78, initial_indent="  ", subsequent_indent=" " * (wide + 2))
        for part in parts
    ]
    return "parts:\n" + "\n".join(lines)


def show(part: Part, rows: Iterable[Row], form: str) -> list[Row]:
    """Prints rows as they come, below the part's heading, and gives them."""
    found = []
    if form == "text":
        print(f"{part.name}: {part.summary}", flush=True)
    for row in rows:
        print(row.as_json() if form == "json" else row.as_text(), flush=True)
        found.append(row)
    return found


def verdict(command: str, rows: Sequence[Row]) -> int:
    """Says on standard error which rows fall short; the exit code."""
    short = [row for row in rows if not row.holds]
    for row in short:
        print(f"{command}: falls short: {row.part}: {row.what}: {row.figure} ({row.bar})", file=sys.stderr)
    return 1 if short else 0
