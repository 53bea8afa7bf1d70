"""The tests that have a full size: small in `make test`, full here, by the same code."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass

from measure.parts import Part, Setting
from measure.processes import ROOT
from measure.rows import Row

# What `make test` builds: another configuration, for recordings that one build made and another verifies.
OTHER_BUILD = ROOT / ".build" / "debug" / "faasfarm"


@dataclass(frozen=True)
class Suite:
    """Test files, and what they show."""

    name: str
    what: str
    files: tuple[str, ...]
    # How many tests run beside each other: more than one where they mostly wait.
    at_once: int = 1

    def rows(self, setting: Setting) -> list[Row]:
        """Runs the tests at full size: the figures that they tell, and whether they pass."""
        begun = time.monotonic()
        figures = setting.folder / f"{self.name}.figures"
        program = str(setting.program.resolve())
        environment = {"FAASFARM_SIZE": "full", "FAASFARM_BIN": program, "FAASFARM_FIGURES": str(figures)}
        if OTHER_BUILD.exists():
            environment["FAASFARM_OTHER_BIN"] = str(OTHER_BUILD)
        at_once = ["-n", str(self.at_once)] if self.at_once > 1 else []
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *at_once, *self.files], cwd=ROOT, capture_output=True, text=True,
            check=False, env=os.environ | environment,
        )  # fmt: skip
        summary = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else done.stderr.strip()[-200:]
        if done.returncode != 0:
            print(done.stdout[-4000:], file=sys.stderr)
        found = [Row.from_json(line) for line in figures.read_text().splitlines()] if figures.exists() else []
        passed = f"{summary.strip('= ')} ({time.monotonic() - begun:.0f} s)"
        return [*found, Row(self.what, passed, "all pass", done.returncode == 0)]

    @property
    def part(self) -> Part:
        return Part(self.name, self.what, self.rows)


SUITES = [
    Suite(
        "hard-lines",
        "a line that drops, delays, doubles, cuts; kills; stops",
        ("Tests/acceptance/test_hard_lines.py",),
    ),
    Suite(
        "sizes",
        "10,000 resets, 1,000 makes, 1,000 idle and 100 stepping sessions",
        ("Tests/acceptance/test_sizes.py",),
    ),
    Suite(
        "conservation",
        "scaled 1 to 12 and back every second; every worker killed; the gateway away; a fifth "
        "of calls failing: two minutes each, no task lost, no result twice",
        ("Tests/acceptance/test_gateway_faults.py",),
    ),
    Suite(
        "killed",
        "`kill -9` of 50 daemons after a scale: workers given back",
        ("Tests/acceptance/test_found_workers.py",),
    ),
    Suite(
        "black-holes",
        "functions that end in the middle of calls and that load for seconds, on `ce` and `faasd`, both dispatches",
        ("Tests/acceptance/test_black_holes.py",),
        4,
    ),
    Suite(
        "open-files",
        "1,100 workers under 1,024 descriptors and 300 under 256: no task fails, the daemon lives",
        ("Tests/acceptance/test_open_files.py",),
    ),
    Suite(
        "numbers",
        "every option, hyper-parameter and scenario key with 0, -1, nan, inf, 1e30, 1e-30 and nothing",
        ("Tests/acceptance/test_numbers.py",),
    ),
    Suite(
        "threads",
        "1,000 times three threads in one environment, a vector too: each ends by a typed error",
        ("protocol/python/tests/test_threads.py",),
    ),
    Suite(
        "fuzz",
        "mutated frames over a socket",
        ("Tests/acceptance/test_fuzz.py",),
    ),
    Suite(
        "episodes",
        "recordings: kills, verification, lists, whole files, replays at once",
        (
            "Tests/acceptance/test_episodes_killed.py",
            "Tests/acceptance/test_episodes_verified.py",
            "Tests/acceptance/test_recording_files.py",
        ),
    ),
    Suite(
        "hindsight",
        "on every preset, no policy and no fixed number beats hindsight on any seed, by reward or by a goal",
        ("Tests/acceptance/test_hindsight.py",),
    ),
    Suite(
        "matching",
        "classic control is Gymnasium's, 10,000 steps, 5 seeds",
        ("protocol/python/tests/test_gymnasium.py",),
    ),
]
PARTS = [suite.part for suite in SUITES]
