"""Mutated frames over real sockets: no crash, no hang, no growth, and nobody else's episode is touched.

2,000 frames here; FAASFARM_SIZE=full sends ten million, and FAASFARM_FUZZ_FRAMES as many as it says.
"""

import os

import faasfarm
import numpy as np
from daemon import Daemon, wait_until
from fuzz import Fuzzer
from sizes import size
from test_many_episodes import Holdings


def test_mutated_frames_are_no_crash_no_hang_no_growth() -> None:
    frames = int(os.environ.get("FAASFARM_FUZZ_FRAMES", size(2_000, 10_000_000)))
    # What the frames make by accident goes away by itself.
    with Daemon("--idle-timeout", "20") as daemon:
        witness, twin = (faasfarm.Env("faasfarm/CartPole-v1", endpoint=daemon.endpoint, timeout=60) for _ in range(2))
        pid = daemon.process.pid
        # Short ones, so that the witness is not taken for one that has gone away.
        rounds = max(10, frames // 5_000)
        sizes = []
        with Fuzzer(daemon.endpoint, seed=1) as fuzzer:
            for number in range(rounds):
                fuzzer.run(frames // rounds, seconds=60)
                assert daemon.process.poll() is None
                # Steps as one that was left alone: the twin is stepped at once after.
                witness.reset(seed=number)
                twin.reset(seed=number)
                for action in (0, 1, 1):
                    np.testing.assert_array_equal(witness.step(action)[0], twin.step(action)[0])
                sizes.append(Holdings.of(pid))
            assert fuzzer.answered > fuzzer.sent / 2, "most frames were not even answered"
            kinds = fuzzer.kinds
        for kind in ("error", "step", "reset", "render", "json"):
            assert kinds.get(kind, 0) > 0, f"no {kind} among the replies: too little was tried; {kinds}"
        tenths = [sizes[rounds * tenth // 10 - 1].kilobytes for tenth in range(1, 11)]
        print(f"{fuzzer.sent} frames, {fuzzer.answered} replies {kinds}, memory {tenths} kB")
        # The first half fills what is kept for repeated requests and ended sessions.
        middle, last = sizes[rounds // 2], sizes[-1]
        assert last.kilobytes < middle.kilobytes + 32_768
        assert last.threads <= middle.threads + 4
        witness.close()
        twin.close()
        wait_until(lambda: not daemon.workers(), 30, "the end of workers that were made by accident")
        assert daemon.process.poll() is None
