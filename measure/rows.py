"""What every part gives: rows of what was measured, what came out, and what was wanted."""

import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Row:
    """One figure.

    Attributes:
        what: was measured.
        figure: what came out, in words, with its unit.
        bar: what was wanted; empty where nothing is.
        holds: whether the bar is reached.
        values: the figure's numbers, for programs.
        part: which part of the measuring it is from.
    """

    what: str
    figure: str
    bar: str = ""
    holds: bool = True
    values: dict[str, Any] = field(default_factory=dict)
    part: str = ""

    @classmethod
    def skipped(cls, what: str, reason: str) -> "Row":
        """A row of something that cannot be measured here."""
        return cls(what, f"not measured: {reason}", values={"skipped": reason})

    @classmethod
    def from_json(cls, line: str) -> "Row":
        return cls(**json.loads(line))

    @property
    def verdict(self) -> str:
        if not self.bar:
            return "-"
        return "holds" if self.holds else "FALLS SHORT"

    def of(self, part: str) -> "Row":
        return replace(self, part=part)

    def as_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    def as_text(self) -> str:
        """A line for people, to stand below the part's heading."""
        wanted = f"   {self.verdict} ({self.bar})" if self.bar else ""
        return f"  {self.what:<46} {self.figure}{wanted}"

    def as_markdown(self) -> str:
        """A line of a table with the columns what, figure, bar and verdict."""
        return f"| {self.what} | {self.figure} | {self.bar} | {self.verdict} |"
