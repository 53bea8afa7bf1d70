"""Controllers on live farms beside the simulator: is a pair that the simulator decides ever the other way round live?

Live, the daemon's own gateway imitates OpenFaaS's Community Edition: three functions a farm, of 1 to 5 replicas each,
any of which may get a call. The simulator plays the same scenario, with the dispatch and the floor that this edition is
documented to have (docs/openfaas.md). `faasfarm evaluate` plays both, the live ones an episode a time, on several
farms at once; equal seeds are equal tasks.
"""

import csv
import io
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from measure.figures import Mean
from measure.parts import Part, Setting
from measure.processes import ProgramFailed, output, serving
from measure.rows import Row
from measure.soak.pairs import Pair, pairs
from measure.soak.plays import DISTURBANCE, MOST_REPEATED, Pulse

# A load in which a fixed number, rules and a search differ. The parameters below are what `evaluate --tune` found.
SCENARIO = """\
name: two-peaks
summary: a calm, a peak, a lull and a climb, of workers that start in 2 s
arrivals:
  phases:
    - {{name: calm, seconds: 20, rate: 2}}
    - {{name: peak, seconds: 24, rate: 8}}
    - {{name: lull, seconds: 16, rate: 1.5}}
    - {{name: climb, seconds: 20, rate: {{from: 2, to: 8}}}}
service: {{gamma: {{shape: 4, mean: 0.8}}, min: 0.1, max: 3}}
deadline: {{seconds: 3}}
workers: {{min: {functions}, max: 12, initial: 5}}
start_up: {{mean: 2, sd: 0.3, min: 1, max: 3}}
step: 4
steps: {windows}
platform: {{dispatch: {{random: {functions}}}, floor: {functions}}}
"""
FUNCTIONS = 3
REWARD = '{"miss": 1, "cost": 0.03}'
CONTROLLERS = (
    "static:8",
    "target-utilisation:target=0.6,stabilisation=30",
    "forecast:miss=0.1,quantile=0.8,headroom=1.5",
    "experts",
    "lookahead",
)
# Nothing was chosen by these.
FIRST_SEED = 1_000_001


@dataclass(frozen=True)
class Figure:
    """What is compared: as `evaluate` calls it, and as people do."""

    key: str
    name: str
    digits: int = 2
    scale: float = 1


FIGURES = (Figure("reward", "reward"), Figure("qos", "QoS in points", 1, 100), Figure("mean_workers", "workers"))
# Of each figure, of each policy, by seed.
Episodes = dict[str, dict[str, dict[int, float]]]


def nothing() -> Episodes:
    return {figure.key: {name: {} for name in CONTROLLERS} for figure in FIGURES}


@dataclass
class Course:
    """What was played.

    Attributes:
        notes: what the live farms had to say.
        thrown_away: live episodes during which the machine stood still.
    """

    simulated: Episodes = field(default_factory=nothing)
    live: Episodes = field(default_factory=nothing)
    notes: list[str] = field(default_factory=list)
    thrown_away: int = 0

    def pairs(self, figure: Figure) -> list[Pair]:
        return list(pairs(self.simulated[figure.key], self.live[figure.key]))


@dataclass(frozen=True)
class Theatre:
    """Where episodes are played."""

    program: Path
    scenario: Path
    speed: float
    tell: Callable[[str], None]
    disturbance: float = DISTURBANCE

    def evaluate(self, policies: str, seed: int, episodes: int, *options: object, patience: float = 600) -> str:
        command = [self.program, "evaluate", "--scenario", self.scenario, "--policies", policies, "--reward", REWARD]
        return output([*command, "--seed", seed, "--episodes", episodes, *options], patience)

    def simulate(self, course: Course, episodes: int) -> None:
        text = self.evaluate(",".join(CONTROLLERS), FIRST_SEED, episodes, "--format", "csv")
        rows = [row for row in csv.DictReader(io.StringIO(text)) if row["group"] == "policy"]
        # In the order in which they were named, whatever their names have become.
        for name, played in zip(CONTROLLERS, dict.fromkeys(row["policy"] for row in rows), strict=True):
            for row in (row for row in rows if row["policy"] == played):
                for figure in FIGURES:
                    course.simulated[figure.key][name][int(row["seed"])] = float(row[figure.key])

    def play(self, course: Course, endpoint: str, name: str, seed: int) -> None:
        """A live episode; again where the machine disturbed it, whatever it came to."""
        options = ("--endpoint", endpoint, "--speed", self.speed, "--format", "json")
        for _ in range(MOST_REPEATED):
            with Pulse() as pulse:
                found = json.loads(self.evaluate(name, seed, 1, *options))
            (policy,) = found["policies"]
            if found["provenance"] != "live":
                raise ProgramFailed(f"{name}, seed {seed} was {found['provenance']}, expected a live farm")
            text = f"{name}, seed {seed}: QoS {100 * policy['qos']['mean']:.1f} %, "
            text += f"{policy['mean_workers']['mean']:.2f} workers"
            if pulse.longest <= self.disturbance:
                self.tell(text)
                course.notes += [note for note in found["notes"] if note not in course.notes]
                for figure in FIGURES:
                    course.live[figure.key][name][seed] = policy[figure.key]["mean"]
                return
            course.thrown_away += 1
            self.tell(f"{text}; thrown away, the machine stood still for {pulse.longest:.2f} s")
        raise ProgramFailed(f"the machine disturbs every episode; {MOST_REPEATED} in a row were of no use")

    def play_all(self, course: Course, endpoint: str, seeds: Sequence[int], pools: int) -> None:
        """Seed by seed, so that what changes on the machine meanwhile meets all controllers."""
        with ThreadPoolExecutor(pools) as crew:
            jobs = [crew.submit(self.play, course, endpoint, name, seed) for seed in seeds for name in CONTROLLERS]
            try:
                for job in jobs:
                    job.result()
            finally:
                crew.shutdown(cancel_futures=True)


def compare(
    setting: Setting, *, episodes: int, simulated: int, windows: int, speed: float, pools: int,
    disturbance: float = DISTURBANCE, tell: Callable[[str], None] = lambda _: None,
) -> Course:  # fmt: skip
    """Plays all controllers in both places.

    Args:
        episodes: live ones of each controller.
        simulated: of each controller, from the same seed on; at least `episodes`.
        disturbance: seconds for which the machine may stand still in a live episode that counts.
    """
    scenario = setting.folder / "two-peaks.yaml"
    scenario.write_text(SCENARIO.format(windows=windows, functions=FUNCTIONS))
    theatre, course = Theatre(setting.program, scenario, speed, tell, disturbance), Course()
    theatre.simulate(course, simulated)
    edition = ("--gateway-profile", "ce", "--functions-per-farm", FUNCTIONS, "--pools", pools)
    with serving(setting.program, "--endpoint", f"ipc://{setting.folder}/live", *edition) as server:
        theatre.play_all(course, server.address, range(FIRST_SEED, FIRST_SEED + episodes), pools)
    return course


def brief(policy: str) -> str:
    return policy.split(":")[0]


def of_controller(course: Course, name: str) -> Row:
    """What it came to, and what live episodes differ by from the simulated ones of their seeds."""
    words = []
    for figure in FIGURES:
        live, twins = course.live[figure.key][name], course.simulated[figure.key][name]
        scaled = {seed: figure.scale * value for seed, value in live.items()}
        gap = Mean.of([value - figure.scale * twins[seed] for seed, value in scaled.items()])
        mean = sum(scaled.values()) / len(scaled)
        words.append(f"{figure.name} {mean:.{figure.digits}f}, live minus simulated {gap}")
    return Row(f"`{name}`", "; ".join(words))


def of_pair(both: Sequence[tuple[Figure, Pair]]) -> Row:
    """The figures of one pair."""
    words = [
        f"{figure.name}: simulated {pair.simulated.text(figure.digits, figure.scale)}, "
        f"live {pair.live.text(figure.digits, figure.scale)}, {pair.outcome}"
        for figure, pair in both
    ]
    first = both[0][1]
    outcomes = {figure.key: pair.outcome for figure, pair in both}
    return Row(
        f"`{brief(first.first)}` minus `{brief(first.second)}`", "; ".join(words), "none reversed",
        "reversed" not in outcomes.values(), outcomes,
    )  # fmt: skip


def rows_of(course: Course) -> Iterator[Row]:
    for name in CONTROLLERS:
        yield of_controller(course, name)
    columns = [[(figure, pair) for pair in course.pairs(figure)] for figure in FIGURES]
    found = [of_pair(both) for both in zip(*columns, strict=True)]
    yield from found
    outcomes = [outcome for row in found for outcome in row.values.values()]
    counts = {word: outcomes.count(word) for word in ("kept", "open", "reversed", "undecided")}
    judged = len(outcomes) - counts["undecided"]
    yield Row(
        f"{len(found)} pairs of controllers, {len(FIGURES)} figures each",
        f"the simulator decides {judged} of {len(outcomes)} differences; live {counts['kept']} are kept, "
        f"{counts['open']} are open, {counts['reversed']} are reversed",
        "none reversed, outside both intervals", judged > 0 and counts["reversed"] == 0, counts,
    )  # fmt: skip


def rows(
    setting: Setting, episodes: int = 12, simulated: int = 200, windows: int = 20, speed: float = 2, pools: int = 4,
    disturbance: float = DISTURBANCE,
) -> Iterator[Row]:  # fmt: skip
    """Five controllers live, several farms at a time, and in the simulator."""
    course = compare(
        setting, episodes=episodes, simulated=simulated, windows=windows, speed=speed, pools=pools,
        disturbance=disturbance, tell=lambda line: print(f"live: {line}", file=sys.stderr, flush=True),
    )  # fmt: skip
    notes = "".join(f"; {note}" for note in course.notes)
    yield Row(
        f"{episodes} live episodes of each of {len(CONTROLLERS)} controllers, {windows} windows of 4 s at speed "
        f"{speed:g}, {pools} farms at a time on the embedded `ce` gateway; {simulated} simulated ones",
        f"{course.thrown_away} live episodes were thrown away, since the machine stood still in them{notes}",
    )
    yield from rows_of(course)


PART = Part("live", "controllers on live farms of the `ce` gateway, pair by pair beside the simulator", rows)
