"""`faasfarm steer` under load, while gateway and steering program are killed -9 at random moments."""

import http.client
import json
import random
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from measure.parts import Part, Setting
from measure.rows import Row

# A call is answered, refused or cut off within this time, whatever is killed: its deadline and a margin.
PATIENCE = 20.0
LEAST, MOST = 1, 8


@dataclass
class Result:
    problems: list[str] = field(default_factory=list)
    calls: int = 0
    answered: int = 0
    refused: int = 0
    cut_off: int = 0
    accepted: int = 0
    ended: int = 0
    lost: int = 0
    decisions: int = 0
    kills: int = 0


class Killable:
    """A program that is started again after each kill, at the same port."""

    def __init__(self, command: Callable[[], list[object]], ready: Callable[[dict], None]) -> None:
        self._command, self._ready = command, ready
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        words = [str(word) for word in self._command()]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise OSError(f"{' '.join(words)} said nothing")
        self._ready(json.loads(line))

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def stop(self) -> float:
        begun = time.monotonic()
        self.process.terminate()
        self.process.wait(timeout=30)
        self.process.stdout.close()
        return time.monotonic() - begun


def call(port: int, method: str, path: str, body: bytes | None = None) -> tuple[int, dict, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


class Callers:
    """Threads that call as fast as the rate says: three of four calls are waited for, one is accepted with 202."""

    def __init__(self, port: int, rate: float, result: Result) -> None:
        self._port, self._rate, self._result = port, rate, result
        self._lock, self._stop = threading.Lock(), threading.Event()
        self.locations: list[str] = []
        self._threads = [threading.Thread(target=self._run, args=(index,)) for index in range(16)]
        for thread in self._threads:
            thread.start()

    def _run(self, index: int) -> None:
        generator = random.Random(index)
        count = 0
        while not self._stop.wait(generator.expovariate(self._rate / len(self._threads))):
            count += 1
            self._one("/async-function/resize" if count % 4 == 0 else "/function/resize")

    def _one(self, path: str) -> None:
        begun = time.monotonic()
        try:
            status, headers, _ = call(self._port, "POST", path, b'{"id": "a", "ms": 50}')
        except TimeoutError:
            with self._lock:
                self._result.problems.append(f"silence for {time.monotonic() - begun:.1f} s on {path}")
            return
        except (OSError, http.client.HTTPException):
            with self._lock:
                self._result.calls += 1
                self._result.cut_off += 1
            return
        with self._lock:
            self._result.calls += 1
            if status == 202:
                self._result.accepted += 1
                self.locations.append(headers["Location"])
            elif status == 200:
                self._result.answered += 1
            else:
                self._result.refused += 1

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


def deploy(port: int, program: Path) -> None:
    body = {"service": "resize", "image": "x", "envProcess": f"{program} worker", "envVars": {"max_inflight": "1"},
            "labels": {"com.openfaas.scale.max": str(5)}}  # fmt: skip
    call(port, "POST", "/system/functions", json.dumps(body).encode())


def run_under_kills(program: Path, folder: Path, *, seconds: float, kills: int, rate: float, seed: int) -> Result:
    """Traffic for so long, with so many kills at random moments, gateway and steering program in turn."""
    result, journal = Result(), folder / "steer.sqlite"
    ports: dict[str, int] = {"gateway": 0, "ingress": 0}

    def gateway_is_up(said: dict) -> None:
        ports["gateway"] = int(said["gateway"].rsplit(":", 1)[1])
        deploy(ports["gateway"], program)

    def steering_is_up(said: dict) -> None:
        ports["ingress"] = int(said["ingress"].rsplit(":", 1)[1])

    gateway = Killable(
        lambda: [
            program, "gateway", "--profile", "ce", "--slowness", 0.1, "--port", ports["gateway"], "--format", "json",
        ],
        gateway_is_up,
    )  # fmt: skip
    steering = Killable(
        lambda: [
            program, "steer", "--gateway", f"http://127.0.0.1:{ports['gateway']}", "--function", "resize",
            "--policy", "guarded:experts", "--fallback", 2, "--source", "ingress",
            "--ingress-listen", f"127.0.0.1:{ports['ingress']}", "--period", 0.5, "--hold-down", 2,
            "--largest-step-up", 2, "--largest-step-down", 2, "--min", LEAST, "--max", MOST, "--journal", journal,
            "--format", "json",
        ],
        steering_is_up,
    )  # fmt: skip
    parts = [gateway, steering]
    for part in parts:
        part.start()
    callers = Callers(ports["ingress"], rate, result)
    generator = random.Random(seed)
    moments = sorted(generator.uniform(0.1, 0.8) * seconds for _ in range(kills))
    begun = time.monotonic()
    try:
        for number, moment in enumerate(moments):
            time.sleep(max(begun + moment - time.monotonic(), 0))
            part = parts[(number + 1) % 2]
            part.kill()
            part.start()
            result.kills += 1
        time.sleep(max(begun + seconds - time.monotonic(), 0))
    finally:
        callers.stop()
    await_ends(ports["ingress"], callers.locations, result)
    for part in reversed(parts):
        if (took := part.stop()) > 2:
            result.problems.append(f"SIGTERM took {took:.1f} s")
    judge_decisions(program, journal, result)
    return result


def await_ends(port: int, locations: list[str], result: Result) -> None:
    """Each call that was answered 202 ends once, or is listed as lost."""
    end = time.monotonic() + PATIENCE
    for location in locations:
        while True:
            try:
                status, _, _ = call(port, "GET", location)
            except OSError as error:
                status = 0
                reason = str(error)
            else:
                reason = str(status)
            if status not in (0, 202):
                break
            if time.monotonic() > end:
                result.problems.append(f"{location} has not ended: {reason}")
                return
            time.sleep(0.05)
        if status == 404:
            result.problems.append(f"{location} was accepted and is not known")
        result.ended += 1
        result.lost += status == 410


def judge_decisions(program: Path, journal: Path, result: Result) -> None:
    """The number asked for never leaves the rails, never jumps, and no decision is missing."""
    text = subprocess.run(
        [program, "decisions", journal, "--format", "json"], capture_output=True, text=True, timeout=120, check=True
    ).stdout
    made = [json.loads(line) for line in text.splitlines()]
    result.decisions = len(made)
    if [each["number"] for each in made] != list(range(1, len(made) + 1)):
        result.problems.append("decisions are missing in the journal")
    asked = [each["asked"] for each in made]
    if not all(LEAST <= number <= MOST for number in asked):
        result.problems.append(f"{min(asked)} to {max(asked)} workers were asked for, the rails are {LEAST} and {MOST}")
    steps = [abs(after - before) for before, after in zip(asked, asked[1:], strict=False)]
    if max(steps, default=0) > 2:
        result.problems.append(f"the number jumped by {max(steps)}")


def rows(setting: Setting) -> Iterator[Row]:
    """Half an hour, a kill a minute."""
    result = run_under_kills(setting.program, setting.folder, seconds=1_800, kills=30, rate=40, seed=1)
    told = "; ".join(result.problems[:3]) or "none"
    yield Row(
        "half an hour of calls, 30 kills -9 of gateway and steering in turn", f"problems: {told}", "none",
        not result.problems, asdict(result),
    )  # fmt: skip
    yield Row(
        "calls that were waited for",
        f"{result.answered} answered, {result.refused} refused, {result.cut_off} cut off by a kill, none in silence",
    )
    yield Row(
        "calls that were answered 202", f"{result.accepted}, of which {result.lost} are listed as lost", "each ends",
        result.ended == result.accepted,
    )  # fmt: skip


PART = Part("steering", "`faasfarm steer` while its parts are killed", rows)
