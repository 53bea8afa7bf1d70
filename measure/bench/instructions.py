"""Instructions that the daemon spends on a quick step, as valgrind's callgrind counts them.

A figure of instructions does not depend on what else the machine does. It is the difference of two runs, a long and a
short one, over the difference of their steps, so that starting and ending cost nothing in it.
"""

import contextlib
import re
import time
from collections.abc import Iterator
from pathlib import Path

import faasfarm

from measure.parts import Part, Setting
from measure.processes import ProgramFailed, compiled, output, serving
from measure.turns import Gauge

# A program starts slowly under callgrind.
PATIENCE = 120.0


def stripped(program: Path, folder: Path) -> Path:
    """A copy without debugging information: valgrind 3.19 gives up on that of Swift's debug builds."""
    copy = folder / "stripped"
    if not copy.exists():
        output(["strip", "--strip-debug", "-o", copy, program], 60)
    return copy


def counted(program: Path, folder: Path, steps: int) -> int:
    """Instructions of a daemon that starts, answers so many steps of CartPole, and ends."""
    out = folder / f"callgrind-{steps}-{time.monotonic_ns()}"
    # Where nothing of it is needed, it does no harm.
    shim = compiled("sigsuspend.c", folder, "-O2", "-shared", "-fPIC")
    valgrind = ["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={out}"]
    options = ["--endpoint", f"ipc://{folder}/counted", "--log-level", "error"]
    waits = {"grace": PATIENCE, "patience": PATIENCE}
    with serving(program, *options, before=valgrind, environment={"LD_PRELOAD": str(shim)}, **waits) as server:
        env = faasfarm.Env("faasfarm/CartPole-v1", endpoint=server.address, timeout=PATIENCE)
        env.reset(seed=1)
        done = False
        for step in range(steps):
            if done:
                env.reset()
            _, _, terminated, truncated, _ = env.step(step & 1)
            done = terminated or truncated
        env.close()
    return total(out.read_text() if out.exists() else "")


def total(report: str) -> int:
    """The instructions of a whole run, in what callgrind writes."""
    found = re.search(r"^(?:summary|totals): (\d+)", report, re.MULTILINE)
    if not found:
        raise ProgramFailed("callgrind left no figures")
    return int(found[1])


def a_step(program: Path, folder: Path, steps: int) -> float:
    """Instructions of a step, resets between episodes included."""
    few = max(1, steps // 10)
    return (counted(program, folder, steps) - counted(program, folder, few)) / (steps - few)


@contextlib.contextmanager
def quick_step(setting: Setting) -> Iterator[list[Gauge]]:
    """The group."""
    steps = max(20, round(40_000 * setting.seconds))

    def measure() -> float:
        return a_step(stripped(setting.program, setting.folder), setting.folder, steps)

    yield [Gauge("a quick step of the daemon", "instructions", measure, is_cost=True, most_blocks=3)]


PART = Part.in_turns("instructions", "instructions of a quick step, by callgrind", quick_step, needs="valgrind")
