"""Each part of the measuring at a tiny size, by the code of `make bench` and `make soak`: figures, not verdicts."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from daemon import BINARY, ROOT
from sizes import size

from measure import bench, curves, soak
from measure.bench import instructions, recording, vectors, wrk
from measure.curves.picture import picture
from measure.curves.training import POINTS, WAYS, curve
from measure.parts import Setting
from measure.policies import report
from measure.policies.agents import AGENTS
from measure.processes import ProgramFailed
from measure.soak import fidelity, growth
from measure.soak.suites import SUITES
from measure.turns import Bound, rows_beside


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    return Setting(BINARY, tmp_path, blocks=1, seconds=0.02)


@pytest.mark.parametrize("name", ["simulator", "wire"])
def test_every_figure_stands_beside_its_floor(setting: Setting, name: str) -> None:
    (part,) = (part for part in bench.PARTS if part.name == name)
    rows = list(part.measured(lambda: part.rows(setting)))
    assert all(row.values["blocks"][0] > 0 for row in rows)
    assert {row.part for row in rows} == {name}
    assert any(row.values["over"] for row in rows)


def test_vectors_are_measured_inside_and_outside(setting: Setting) -> None:
    with vectors.vector(4)(setting) as gauges:
        rows = list(rows_beside(gauges, 1))
    assert len(rows) == 3 and all(row.values["blocks"][0] > 0 for row in rows)


def test_a_program_is_as_fast_as_itself(setting: Setting) -> None:
    """Two daemons side by side, in turns; any ratio will do here, the bound is out of reach of chance."""
    (part,) = (part for part in bench.PARTS if part.name == "wire")
    rows = list(bench.against(part, setting, BINARY, 2, Bound(least=0.001)))
    assert [row.what for row in rows] == [
        "step, Swift client", "env.step, Python client", "1024 CartPoles, Python client",
    ]  # fmt: skip
    assert all(row.holds and len(row.values["new"]) == len(row.values["old"]) == 2 for row in rows)


def test_parts_that_are_not_in_turns_are_not_compared(setting: Setting) -> None:
    (row,) = bench.against(recording.PART, setting, BINARY, 2, Bound(least=1))
    assert row.holds and row.values["skipped"]


@pytest.mark.skipif(
    size(0, 1) == 0 or not shutil.which("valgrind"), reason="a debug build starts for half a minute under valgrind"
)
def test_a_step_costs_some_thousand_instructions(setting: Setting) -> None:
    """Not a figure to go by: the debug build spends ten times what the release build does."""
    copy = instructions.stripped(BINARY, setting.folder)
    assert 1_000 < instructions.a_step(copy, setting.folder, 1) < 10_000_000


def test_callgrinds_total_is_read() -> None:
    assert instructions.total("version: 1\nsummary: 204214584\n\ntotals: 204214584\n") == 204214584
    with pytest.raises(ProgramFailed):
        instructions.total("version: 1\n")


@pytest.mark.skipif(not shutil.which("wrk"), reason="there is no wrk")
def test_the_farm_stands_beside_wrk(setting: Setting) -> None:
    rows = list(wrk.rows(setting, workers=2, seconds=1))
    assert [bool(row.values["rates"][0] > 0) for row in rows] == [True, True]


def test_recording_is_measured_with_and_without(setting: Setting) -> None:
    vector, live = recording.rows(setting, live_blocks=2, live_seconds=0.3)
    assert len(vector.values["off"]) == len(vector.values["on"]) == 4
    assert len(live.values["off"]) == 2


def test_fidelity_and_growth_have_rows_of_their_bars(setting: Setting) -> None:
    assert [row.what.split(", ")[1] for row in fidelity.rows(setting, episodes=2)] == list(fidelity.RECORDED)
    time, memory = growth.rows(setting, most=4)
    assert time.bar and memory.bar and len(memory.values["kilobytes"]) == 2


def test_suites_are_tests_that_there_are() -> None:
    assert len({suite.name for suite in SUITES}) == len(SUITES) == len(soak.PARTS) - 9
    for suite in SUITES:
        assert all((ROOT / file).exists() for file in suite.files), suite.name


def test_a_page_of_results_is_written_of_the_kept_agents(tmp_path: Path) -> None:
    page = tmp_path / "results.md"
    report.write(BINARY, page, [agent for agent in AGENTS if agent.name == "shuffled"], episodes=2)
    text = page.read_text()
    assert text.startswith("# Results\n") and "| **shuffled** | " in text and "| 1" in text
    assert (tmp_path / "pictures" / "shuffled.svg").read_text().startswith("<svg xmlns=")


def test_curves_that_are_alike_and_curves_that_are_not() -> None:
    random = np.random.default_rng(2)
    steady = np.full((5, POINTS), 100.0) + random.normal(0, 1, (5, POINTS))
    alike = curves.of_pair("a - b", steady, steady + random.normal(0, 1, steady.shape), np.random.default_rng(1))
    assert alike.holds and alike.values["overlaps"] >= 18
    apart = curves.of_pair("a - b", steady, steady + 50, np.random.default_rng(1))
    assert not apart.holds and apart.values["difference_of_area"] == pytest.approx(-50)
    band = curves.bands({way: steady for way in WAYS}, random)
    assert curves.of_way("ours", steady, band["ours"]).values["curve"][0] == pytest.approx(100, abs=2)
    assert picture({way: steady for way in WAYS}, band, 1_000).count("<polyline") == len(WAYS)
    assert curve([(1, 10.0), (1_000, 30.0)], 1_000) == [10.0] * (POINTS - 1) + [30.0]
