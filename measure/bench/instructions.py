"""Instructions that the daemon spends on a quick step, as valgrind's callgrind counts them.

Counted is all that the daemon executes during an episode of MountainCar, whose 200 steps are quick ones, and one
reset; of many episodes the least. What else the machine does can only add: a step that is held up is no quick one, and
the next ones then go through threads.
"""

import contextlib
import re
import tempfile
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


def dumped(pid: int, report: Path) -> int:
    """Has callgrind write what it has counted since the last time, and gives the instructions."""
    try:
        output(["vgdb", f"--pid={pid}", "dump"], 60)
    except ProgramFailed as error:
        raise ProgramFailed(
            f"callgrind did not write its figures, perhaps for want of the right to ptrace: {error}"
        ) from error
    return total(report.read_text() if report.exists() else "")


def total(report: str) -> int:
    """The instructions that a report of callgrind's is about."""
    found = re.search(r"^(?:summary|totals): (\d+)", report, re.MULTILINE)
    if not found:
        raise ProgramFailed("callgrind left no figures")
    return int(found[1])


def episode(env: faasfarm.Env) -> int:
    """Plays one, and begins the next; the steps."""
    steps, done = 0, False
    while not done:
        _, _, terminated, truncated, _ = env.step(1)
        steps, done = steps + 1, terminated or truncated
    env.reset()
    return steps


def a_step(program: Path, folder: Path, episodes: int) -> float:
    """Instructions of a step."""
    # Where nothing of it is needed, it does no harm.
    shim = compiled("sigsuspend.c", folder, "-O2", "-shared", "-fPIC")
    with contextlib.ExitStack() as stack:
        out = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=folder))) / "callgrind"
        valgrind = ["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={out}"]
        options = ["--endpoint", f"ipc://{folder}/counted", "--log-level", "error"]
        patience = {"grace": PATIENCE, "patience": PATIENCE}
        server = stack.enter_context(
            serving(program, *options, before=valgrind, environment={"LD_PRELOAD": str(shim)}, **patience)
        )
        env = faasfarm.Env("faasfarm/MountainCar-v0", endpoint=server.address, timeout=PATIENCE)
        stack.callback(env.close)
        env.reset(seed=1)
        counted = []
        # The first has in it what is made once.
        for number in range(1, episodes + 2):
            steps = episode(env)
            counted.append(dumped(server.pid, out.with_suffix(f".{number}")) / steps)
        return min(counted[1:])


@contextlib.contextmanager
def quick_step(setting: Setting) -> Iterator[list[Gauge]]:
    """The group."""
    episodes = max(1, round(60 * setting.seconds))

    def measure() -> float:
        return a_step(stripped(setting.program, setting.folder), setting.folder, episodes)

    yield [Gauge("a quick step of the daemon", "instructions", measure, is_cost=True, most_blocks=3)]


PART = Part.in_turns("instructions", "instructions of a quick step, by callgrind", quick_step, needs="valgrind")
