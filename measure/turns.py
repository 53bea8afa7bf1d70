"""Things that are measured in turns, in short blocks, so that a disturbance of the machine hits all of them."""

import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from measure.figures import Ratio
from measure.rows import Row


@dataclass(frozen=True)
class Gauge:
    """Something that can be measured again and again.

    Attributes:
        what: it measures.
        unit: of the figure, such as "steps a second".
        measure: measures for one block and gives the figure.
        beside: the gauges of the same group that it is a ratio to.
        is_floor: whether it measures something other than the program, and has no part in a comparison of programs.
        is_cost: whether less is better.
        most_blocks: after which more would tell nothing new.
    """

    what: str
    unit: str
    measure: Callable[[], float]
    beside: tuple[str, ...] = ()
    is_floor: bool = False
    is_cost: bool = False
    most_blocks: int | None = None


def in_turns(measures: Sequence[Callable[[], float]], blocks: int) -> list[list[float]]:
    """The figures of each, a figure a block; every other block goes the other way round."""
    figures: list[list[float]] = [[] for _ in measures]
    for block in range(blocks):
        turns = list(zip(figures, measures, strict=True))
        for found, measure in turns if block % 2 else reversed(turns):
            found.append(measure())
    return figures


def blocks_of(gauges: Sequence[Gauge], blocks: int) -> int:
    return min([blocks, *(gauge.most_blocks for gauge in gauges if gauge.most_blocks)])


def rows_beside(gauges: Sequence[Gauge], blocks: int) -> Iterator[Row]:
    """A row a gauge: the median over the blocks, and the ratios to what stands beside it, block by block."""
    measured = in_turns([gauge.measure for gauge in gauges], blocks_of(gauges, blocks))
    figures = {gauge.what: found for gauge, found in zip(gauges, measured, strict=True)}
    for gauge in gauges:
        ours = figures[gauge.what]
        text = f"{statistics.median(ours):12,.0f} {gauge.unit}"
        ratios = {}
        for name in gauge.beside:
            values = sorted(one / other for one, other in zip(ours, figures[name], strict=True))
            ratios[name] = {"median": statistics.median(values), "least": values[0], "most": values[-1]}
            text += f"; {statistics.median(values):.2f} of {name} (blocks: {values[0]:.2f} to {values[-1]:.2f})"
        yield Row(gauge.what, text, values={"unit": gauge.unit, "blocks": ours, "over": ratios})


@dataclass(frozen=True)
class Bound:
    """What a new program's figures over an old one's must reach: `least` for speeds, `most` for costs."""

    least: float | None = None
    most: float | None = None

    def row(self, gauge: Gauge, new: Sequence[float], old: Sequence[float]) -> Row:
        """The median of the pairs' ratios; the bound is kept when its interval reaches it."""
        ratio = Ratio.of([one / other for one, other in zip(new, old, strict=True)])
        medians = statistics.median(new), statistics.median(old)
        text = f"new/old {ratio} by {len(new)} pairs; {medians[0]:,.0f} over {medians[1]:,.0f} {gauge.unit}"
        bound = self.most if gauge.is_cost else self.least
        holds = bound is None or (ratio.low <= bound if gauge.is_cost else ratio.high >= bound)
        words = "" if bound is None else f"the interval reaches {bound:g} or {'less' if gauge.is_cost else 'more'}"
        values = {"ratio": ratio.median, "low": ratio.low, "high": ratio.high, "new": list(new), "old": list(old)}
        return Row(gauge.what, text, words, holds, values | {"unit": gauge.unit})


def rows_against(new: Sequence[Gauge], old: Sequence[Gauge], pairs: int, bound: Bound) -> Iterator[Row]:
    """The program's own gauges, new and old in turns: a row each with the ratio of the two."""
    sides = [(one, other) for one, other in zip(new, old, strict=True) if not one.is_floor]
    if not sides:
        return
    measures = [gauge.measure for both in sides for gauge in both]
    figures = in_turns(measures, blocks_of([one for one, _ in sides], pairs))
    for index, (gauge, _) in enumerate(sides):
        yield bound.row(gauge, figures[2 * index], figures[2 * index + 1])
