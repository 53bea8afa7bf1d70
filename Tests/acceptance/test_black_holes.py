"""Functions that end in the middle of calls, and that refuse calls while they load: nothing is lost or done twice.

A replica that counts as ready before it listens answers 500 within a millisecond, so it is always free and swallows the
queue. Small here; FAASFARM_SIZE=full gives the full size, two minutes each, beside the same run with functions that
load at once.
"""

import json
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from daemon import BINARY, Client, Daemon, Gateway, info
from figures import tell
from sizes import size

SCENARIO = """
name: black-holes
arrivals: {phases: [{seconds: 600, rate: RATE}]}
service: {constant: 0.5}
deadline: {seconds: 30}
workers: {min: 3, max: 9, initial: 9}
step: 0.5
steps: STEPS
"""

# As a user of faasd is told to have it: else a deletion takes half a minute.
SETTINGS = {"healthcheck_interval": "500ms"}


@dataclass
class Case:
    """Workers go from 9 to 3 and back every `period` seconds, under `share` of the load of `workers`."""

    name: str
    worker: str
    period: float
    workers: int

    @property
    def rate(self) -> float:
        return 0.6 * self.workers / 0.5


STOPS = Case("ends in the middle of calls", "--ends-at-once", 4, 3)
LOADS = Case("loads for 5 s", "--ends-at-once --load-seconds 5", 15, 6)
# The same at a size for `make test`.
STOPS_SOON = Case("ends in the middle of calls", "--ends-at-once", 2, 3)
LOADS_BRIEFLY = Case("loads for 1 s", "--ends-at-once --load-seconds 1", 2, 6)


@dataclass
class Played:
    """What came of a run."""

    emitted: int
    done: int
    failed: int
    duplicates: int
    refusals: int
    retries: int
    notes: list[str]

    @property
    def wasted(self) -> float:
        """The share of calls that found a function which does not take any."""
        return self.refusals / max(1, self.done + self.refusals + self.retries)


def _post(url: str, body: dict) -> None:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status in (200, 202)


def play(profile: str, dispatch: str, case: Case, worker: str, seconds: float) -> Played:
    """Plays an episode of so many seconds on a gateway of its own."""
    # The queue is not what is tried here.
    settings = ["--profile", profile, "--queue-concurrency", 9, "--parallel-starts", 9, "--log-level", "error"]
    with Gateway(*settings) as gateway:
        url = gateway.url
        process = f"{BINARY} worker {worker}"
        arguments = ["--gateway", url, "--dispatch", dispatch, "--log-level", "error"]
        if profile == "ce":
            names = [f"worker-{number}" for number in (1, 2, 3)]
            for name in names:
                environment = SETTINGS | {"max_inflight": "1"}
                function = {"service": name, "image": "none", "envProcess": process, "envVars": environment}
                _post(f"{url}/system/functions", function)
            arguments += ["--functions", ",".join(names)]
        else:
            arguments += ["--pool", "functions", "--functions", "farm", "--worker-image", "none"]
            arguments += ["--worker-process", process]
            arguments += [f"--worker-env={key}={value}" for key, value in SETTINGS.items()]
        scenario = SCENARIO.replace("RATE", str(case.rate)).replace("STEPS", str(int(seconds / 0.5)))
        with Daemon(*arguments) as daemon, Client(daemon.endpoint) as client:
            client.make(scenario, action="target")
            client.reset()
            sums = dict.fromkeys(("refusals", "retries", "duplicates"), 0)
            notes: list[str] = []
            begun = time.monotonic()
            known: dict = {}
            while "reason" not in known:
                number = 9 if int((time.monotonic() - begun) / case.period) % 2 == 0 else 3
                known = info(client.step(number - 3))
                notes += known.get("notes", [])
                for name in sums:
                    sums[name] += known["metrics"][name]
            totals = known["totals"]
            assert totals["emitted"] == sum(totals[name] for name in ("queued", "running", "done", "failed"))
            assert known["reason"] == "horizon"
            return Played(**{name: totals[name] for name in ("emitted", "done", "failed")}, notes=notes, **sums)


def check(played: Played) -> None:
    """Nothing is lost and nothing is doubled."""
    assert played.failed == 0 and played.duplicates == 0, played
    assert played.done > 0
    assert len([note for note in played.notes if "refuses calls" in note]) <= 1


@pytest.mark.skipif(size(0, 1) == 1, reason="the full size has each by itself")
def test_nothing_is_lost_at_a_small_size() -> None:
    """The four runs beside each other, since they mostly wait."""
    runs = [("ce", "invoke", STOPS_SOON), ("faasd", "queue", STOPS_SOON), ("ce", "queue", LOADS_BRIEFLY)]
    runs += [("faasd", "invoke", LOADS_BRIEFLY)]
    with ThreadPoolExecutor(4) as threads:
        for played in threads.map(lambda run: play(*run, run[2].worker, 5), runs):
            check(played)


@pytest.mark.skipif(size(0, 1) == 0, reason="two minutes each; `make soak` has them")
@pytest.mark.parametrize("case", [STOPS, LOADS], ids=["stops", "loads"])
@pytest.mark.parametrize("dispatch", ["invoke", "queue"])
@pytest.mark.parametrize("profile", ["ce", "faasd"])
def test_nothing_is_lost(profile: str, dispatch: str, case: Case) -> None:
    """Two minutes, beside the same with functions that load at once and finish their calls."""
    with ThreadPoolExecutor(2) as threads:
        rough = threads.submit(play, profile, dispatch, case, case.worker, 120)
        smooth = threads.submit(play, profile, dispatch, case, "", 120)
        played, other = rough.result(), smooth.result()
    check(played)
    check(other)
    share = (played.done / played.emitted) / (other.done / other.emitted)
    holds = played.wasted <= 0.05 and share >= 0.9
    tell(
        f"`{profile}`, {dispatch}, 9 to 3 workers and back every {case.period:g} s, function that {case.name}, 120 s",
        f"{played.done} of {played.emitted} done, {played.failed} failed, {played.duplicates} doubled; "
        f"{100 * played.wasted:.1f} % of calls refused; {share:.2f} of the throughput of one that loads at once",
        "0 failed, 0 doubled; at most 5 %; at least 0.9",
        holds,
    )
    assert holds, (played, other)
