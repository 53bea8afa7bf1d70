"""Rows and what is made of them; things measured in turns; parts that are chosen."""

import argparse
import json
from pathlib import Path

import pytest

from measure import bench, curves, peers, policies, soak
from measure.__main__ import COMMANDS, main
from measure.parts import Part, Setting, add_options
from measure.policies.agents import AGENTS
from measure.rows import Row
from measure.soak.page import page
from measure.turns import Bound, Gauge, in_turns, rows_against, rows_beside


def test_a_row_is_the_same_after_json() -> None:
    row = Row("steps", "5 a second", "> 3", True, {"blocks": [4.0, 6.0]}, "wire")
    assert Row.from_json(row.as_json()) == row
    # What tests tell has no part and no values.
    assert Row.from_json('{"what": "a", "figure": "b", "bar": "", "holds": true}').verdict == "-"


def test_verdicts_are_of_bars() -> None:
    assert Row("a", "1", "2", False).verdict == "FALLS SHORT"
    assert "FALLS SHORT (2)" in Row("a", "1", "2", False).as_text()
    assert Row("a", "1").as_markdown() == "| a | 1 |  | - |"
    assert Row("a", "1", "2").as_markdown() == "| a | 1 | 2 | holds |"


def test_turns_go_one_way_and_the_other() -> None:
    order: list[str] = []
    figures = in_turns([lambda: order.append("a") or 1.0, lambda: order.append("b") or 2.0], 3)
    assert order == ["b", "a", "a", "b", "b", "a"]
    assert figures == [[1, 1, 1], [2, 2, 2]]


def gauges(speed: float, cost: float = 10) -> list[Gauge]:
    return [
        Gauge("floor", "a second", lambda: 100.0, is_floor=True),
        Gauge("ours", "a second", lambda: speed, ("floor",)),
        Gauge("instructions", "instructions", lambda: cost, is_cost=True, most_blocks=2),
    ]


def test_ratios_are_to_what_stands_beside() -> None:
    floor, ours, instructions = rows_beside(gauges(50), 5)
    assert floor.values["over"] == {}
    assert ours.values["over"] == {"floor": {"median": 0.5, "least": 0.5, "most": 0.5}}
    assert "0.50 of floor" in ours.figure
    assert len(instructions.values["blocks"]) == 2


@pytest.mark.parametrize(
    ("speed", "cost", "holding"),
    [(100, 100, [True, True]), (96, 104, [False, False]), (98, 102, [True, True]), (200, 50, [True, True])],
)
def test_programs_are_compared_by_bounds_of_their_kind(speed: float, cost: float, holding: list[bool]) -> None:
    rows = list(rows_against(gauges(speed, cost), gauges(100, 100), 4, Bound(0.97, 1.03)))
    # A floor is nobody's program.
    assert [row.what for row in rows] == ["ours", "instructions"]
    assert [row.holds for row in rows] == holding
    assert rows[0].values["ratio"] == pytest.approx(speed / 100)
    without = rows_against(gauges(1, 1), gauges(100, 100), 2, Bound())
    assert all(row.holds and row.verdict == "-" for row in without)


def test_an_interval_that_reaches_the_bound_keeps_it() -> None:
    speeds = iter([90.0, 100.0, 91.0, 99.0, 92.0, 101.0])
    new = [Gauge("ours", "a second", lambda: next(speeds))]
    (row,) = rows_against(new, [Gauge("ours", "a second", lambda: 100.0)], 6, Bound(0.97))
    assert row.values["ratio"] < 0.97 < row.values["high"]
    assert row.holds


def test_a_part_that_lacks_a_program_says_so() -> None:
    part = Part("odd", "", lambda setting: [], needs="no-such-program-anywhere")
    (row,) = part.measured(lambda: part.rows(Setting(Path("x"), Path("."))))
    assert row.holds and "no-such-program-anywhere" in row.values["skipped"] and row.part == "odd"


def test_parts_are_chosen_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    add_options(parser, bench.PARTS)
    assert parser.parse_args([]).parts == bench.PARTS
    assert [part.name for part in parser.parse_args(["--parts", "wire,simulator"]).parts] == ["simulator", "wire"]
    with pytest.raises(SystemExit):
        parser.parse_args(["--parts", "wire,wiers"])
    assert "no part is called wiers; there are: simulator, vectors, wire" in capsys.readouterr().err


@pytest.mark.parametrize("command", COMMANDS)
def test_help_names_every_part(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    module = {"bench": bench, "soak": soak, "policies": policies, "peers": peers, "curves": curves}[command]
    for part in getattr(module, "PARTS", []):
        assert f"\n  {part.name}  " in text


def test_the_page_keeps_sections_that_are_not_measured_now() -> None:
    old = "# Measured\n\nhead\n\n## b\n\nold b\n\n## z\n\nold z\n"
    text = page(old, {"a": "## a\n\nnew a\n"}, ["a", "b"])
    assert text.index("new a") < text.index("old b") < text.index("old z")
    assert page(text, {"b": "## b\n\nnew b\n"}, ["a", "b"]).count("## b") == 1


def test_the_agents_that_are_kept_are_in_the_list() -> None:
    setting = Setting(Path("none"), Path("."))
    for part, agent in zip(policies.PARTS, AGENTS, strict=True):
        rows = list(part.measured(lambda part=part: part.rows(setting)))
        assert len(rows) == 5 and sum("(kept)" in row.what for row in rows) == 1
        assert agent.path.exists()
        json.loads(rows[0].as_json())
