"""How long KEDA waits for the external scaler: 100 ScaledObjects on one channel, in KEDA's order, a stream each.

The scaler is that of `faasfarm steer`, in a program (`steering-board`) whose functions do what this says.
"""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from measure.figures import quantile
from measure.parts import Part, Setting
from measure.processes import child, first_line
from measure.rows import Row

OBJECTS, POLLS = 100, 50
# Milliseconds.
MOST = 20
# Polls that are under way at a time, where all are due at once.
CALLERS = 16


def rounds(
    address: str, post: Callable[[list[dict]], None], objects: int = OBJECTS, polls: int = POLLS
) -> tuple[list[float], list[float]]:
    """Seconds of each call, one after another; seconds of all objects' polls at once. Each answer is checked."""
    # Here, since not everybody who measures has gRPC.
    from measure.keda import ScaledObject, Scaler

    def numbers(poll: int) -> list[dict]:
        return [{"function": f"f{each}", "workers": 1 + (each + poll) % 9} for each in range(objects)]

    post(numbers(0))
    at_once = []
    with Scaler(address) as scaler, ThreadPoolExecutor(CALLERS) as pool:
        scaled = [ScaledObject(scaler, f"object-{each}", {"function": f"f{each}"}) for each in range(objects)]
        streams = [scaler.stream_is_active(each.reference) for each in scaled]
        assert all(next(stream).result for stream in streams)

        def checked(found: list[tuple[float, bool]], poll: int) -> None:
            wanted = [(line["workers"], True) for line in numbers(poll)]
            assert found == wanted, f"poll {poll}: {found}, not {wanted}"

        for poll in range(polls):
            post(numbers(poll))
            checked([each.poll() for each in scaled], poll)
        calls = [second for each in scaled for second in each.seconds]
        for poll in range(polls):
            post(numbers(poll))
            begun = time.perf_counter()
            found = list(pool.map(ScaledObject.poll, scaled))
            at_once.append(time.perf_counter() - begun)
            checked(found, poll)
        for stream in streams:
            stream.cancel()
    return calls, at_once


def rows(setting: Setting) -> Iterator[Row]:
    program = setting.program.with_name("steering-board")
    if not program.exists():
        yield Row.skipped("a call of KEDA's", f"there is no {program}; `make soak` builds it")
        return
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with child([program], **pipes) as process:
        address = json.loads(first_line(process))["keda"]

        def post(lines: list[dict]) -> None:
            for line in lines:
                process.stdin.write(json.dumps(line) + "\n")
                process.stdin.flush()
                process.stdout.readline()

        calls, at_once = rounds(address, post)
    median, tail = (1_000 * quantile(calls, share) for share in (0.5, 0.99))
    yield Row(
        f"a call of KEDA's, {OBJECTS} ScaledObjects",
        f"median {median:.2f} ms, p99 {tail:.2f} ms, of {len(calls)}",
        bar=f"p99 under {MOST} ms",
        holds=tail < MOST,
        values={"median_ms": median, "p99_ms": tail, "calls": len(calls)},
    )
    median, worst = 1_000 * quantile(at_once, 0.5), 1_000 * max(at_once)
    yield Row(
        f"{OBJECTS} polls, {CALLERS} at a time, Python's side included",
        f"median {median:.0f} ms, longest {worst:.0f} ms",
        values={"median_ms": median, "longest_ms": worst},
    )


PART = Part("keda", f"KEDA's external scaler under {OBJECTS} ScaledObjects", rows)
