"""One farm on one thread through `faasfarm/Farm-v0`, against programs of the same model (measure/floors/README.md)."""

import contextlib
import sys
from collections.abc import Iterator

from measure.parts import Part, Setting
from measure.processes import FLOORS, compiled, last_json
from measure.turns import Gauge

POLICIES = ("trace", "hold", "random")
UNIT = "tasks a processor second"
FLOOR_FLAGS = {"C, the library's logarithm": ["-O3"], "C, ziggurats": ["-O3", "-DZIGGURAT"]}


def policy(name: str):
    """A group: the farm under one of the three policies that all programs have."""

    @contextlib.contextmanager
    def group(setting: Setting) -> Iterator[list[Gauge]]:
        # Half a second is some 1,200 episodes of ours.
        episodes = max(2, round(1_200 * setting.seconds))

        def ours() -> float:
            command = [setting.program, "bench", "--policy", name, "--episodes", episodes, "--repetitions", 1]
            return last_json(command)["tasks_per_cpu_second"]

        def floor(flags: list[str]) -> float:
            program = compiled("farm_floor.c", setting.folder, *flags, libraries=["m"])
            return last_json([program, name, episodes, 1, 1])["tasks_per_cpu_second"]["median"]

        def python() -> float:
            command = [sys.executable, FLOORS / "farm_peer.py", name, max(2, episodes // 50), 1, 1]
            return last_json(command)["tasks_per_cpu_second"]["median"]

        floors = [
            Gauge(f"{name}: {what}", UNIT, lambda flags=flags: floor(flags), is_floor=True)
            for what, flags in FLOOR_FLAGS.items()
        ]
        floors.append(Gauge(f"{name}: plain Python", UNIT, python, is_floor=True))
        yield [*floors, Gauge(f"{name}: faasfarm", UNIT, ours, tuple(gauge.what for gauge in floors))]

    return group


PART = Part.in_turns("simulator", "one farm on one thread, against C and Python", *map(policy, POLICIES))
