"""Steps over ipc, both ends on one processor: what is measured is work, not how soon another processor wakes up.

One CartPole from Swift against a bare libzmq echo in C, from Python against one in pyzmq; and 1024 from Python.
"""

import contextlib
import os
from collections.abc import Iterator

from measure.bench.stepping import REPLY_BYTES, REQUEST_BYTES, client
from measure.parts import Part, Setting
from measure.processes import compiled, last_json, pinned, serving
from measure.turns import Gauge


def processor() -> int:
    """The one that both ends are kept on (Linux; elsewhere the system places them as it likes)."""
    return min(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0


@contextlib.contextmanager
def steps(setting: Setting) -> Iterator[list[Gauge]]:
    """The group."""
    place, seconds, folder = pinned(processor()), setting.seconds, setting.folder
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(serving(setting.program, "--endpoint", f"ipc://{folder}/wire", before=place))

        def bare() -> float:
            floor = compiled("echo_floor.c", folder, "-O2", libraries=["zmq"])
            command = [*place, floor, f"ipc://{folder}/echo", REQUEST_BYTES, REPLY_BYTES, seconds]
            return last_json(command)["round_trips_per_second"]

        def swift() -> float:
            command = [*place, setting.program, "bench", "--endpoint", server.address, "--seconds", seconds]
            return last_json(command)["round_trips_per_second"]

        def python(kind: str, endpoint: str):
            return client(stack, kind, endpoint, seconds, place)

        yield [
            Gauge("bare libzmq echo", "a second", bare, is_floor=True),
            Gauge("step, Swift client", "a second", swift, ("bare libzmq echo",)),
            Gauge("bare pyzmq echo", "a second", python("echo", f"ipc://{folder}/pyzmq"), is_floor=True),
            Gauge("env.step, Python client", "a second", python("one", server.address), ("bare pyzmq echo",)),
            Gauge("1024 CartPoles, Python client", "steps a second", python("many", server.address)),
        ]


PART = Part.in_turns("wire", "CartPole over ipc, both ends on one processor", steps)
