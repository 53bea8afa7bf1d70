"""1, 64 and 1024 farms: inside the program, from Python over ipc, and in a `SyncVectorEnv` of the Python farm."""

import contextlib
from collections.abc import Iterator

import faasfarm
import gymnasium

from measure.bench.stepping import steps_a_second
from measure.floors.farm_peer import FarmPeer
from measure.parts import Part, Setting
from measure.processes import last_json, serving
from measure.turns import Gauge

UNIT = "steps a second"


def vector(count: int):
    """A group: so many farms whose policy holds."""

    @contextlib.contextmanager
    def group(setting: Setting) -> Iterator[list[Gauge]]:
        seconds = setting.seconds
        # 4,096 episodes in all take some half a second.
        episodes = max(1, round(8_192 * seconds) // count)
        command = [setting.program, "bench", "--policy", "hold", "--num-envs", count, "--episodes", episodes]
        with contextlib.ExitStack() as stack:
            server = stack.enter_context(serving(setting.program, "--endpoint", f"ipc://{setting.folder}/vectors"))
            remote = faasfarm.VectorEnv(
                "faasfarm/Farm-v0", num_envs=count, endpoint=server.address, scenario="bench-farm", action="paper",
                backend="simulator", info="none", timeout=60,
            )  # fmt: skip
            stack.callback(remote.close)
            remote.reset(seed=1)
            peers: list[gymnasium.vector.SyncVectorEnv] = []

            def python() -> float:
                if not peers:
                    peers.append(gymnasium.vector.SyncVectorEnv([FarmPeer] * count))
                    stack.callback(peers[0].close)
                    peers[0].reset(seed=1)
                return steps_a_second(peers[0], count, min(seconds, 0.5))

            def outside() -> float:
                return steps_a_second(remote, count, seconds)

            inside = f"{count} farms: inside the program"
            yield [
                Gauge(inside, UNIT, lambda: last_json([*command, "--repetitions", 1])["env_steps_per_second"]),
                Gauge(
                    f"{count} farms: from Python over ipc",
                    UNIT,
                    outside,
                    (inside,),
                ),
                Gauge(f"{count} farms: Python farms in a SyncVectorEnv", UNIT, python, (inside,), is_floor=True),
            ]

    return group


PART = Part.in_turns("vectors", "farms in a vector, policy hold", *map(vector, (1, 64, 1024)))
