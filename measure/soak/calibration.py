"""A live farm and its calibrated simulator: do policies come out the same in both?

Live episodes on the daemon's own gateway are recorded under a policy that wanders, `faasfarm calibrate` fits a scenario
to them, and then the same policies run live and in that scenario. The rows are QoS and mean workers of both with 95 %
intervals (Student), and what lies between them.

Few live episodes say little of a policy's mean, because an episode's tasks decide most of what it comes to. So the
scenario that the live farm plays is simulated too, with the seeds of the live episodes and with many more: equal seeds
are equal tasks, and the live mean is the mean of the many plus what the live episodes differ from their twins by. That
is unbiased whatever the simulator gets wrong (a control variate with coefficient 1), and needs few live episodes where
twins are alike.
"""

import json
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import faasfarm

from measure.figures import Mean
from measure.parts import Part, Setting
from measure.processes import output, serving
from measure.rows import Row
from measure.soak.plays import DISTURBANCE, POLICIES, Play, Stage, play, wandering

# Seconds; a machine may have other things to do.
PATIENCE = 300


def calibrate(program: Path, recording: Path, out: Path, *options: str | Path) -> dict:
    command = [program, "calibrate", recording, "--out", out, "--format", "json", *options]
    return json.loads(output(command, 600))


def compare(
    program: Path, directory: Path, *, scenario: str, speed: float, step_seconds: float, calibrating: int, live: int,
    simulated: int, lively: Sequence[str] = tuple(POLICIES), disturbance: float = DISTURBANCE,
    tell: Callable[[str], None] = lambda _: None,
) -> dict:  # fmt: skip
    """Records, calibrates, and runs every policy on both sides.

    Args:
        calibrating: live episodes that the simulator is fitted to.
        live: live episodes of each policy.
        simulated: of each policy, episodes of the fitted scenario, and of `scenario` in the simulator; at least `live`.
        lively: policies that run live too.
        disturbance: seconds for which the machine may stand still in a live episode that counts.

    Returns:
        `fit`: what `calibrate` says; `scenario`: the fitted scenario's file; `policies`: of each, lists of plays
        `live`, `simulated` in the fitted scenario, and `twins` of `scenario` in the simulator, of which the first are
        the live ones' seeds; `thrown_away`: live episodes that the machine disturbed, and that count for nothing.
    """
    recording, fitted = directory / "live.sqlite", directory / "fitted.yaml"
    policies: dict[str, dict[str, list[Play]]] = {name: {"live": [], "twins": [], "simulated": []} for name in POLICIES}

    def farm(endpoint: str, played: str, **backend) -> faasfarm.Env:
        made = {"scenario": played, "action": "paper", "timeout": PATIENCE}
        return faasfarm.Env("faasfarm/Farm-v0", endpoint=endpoint, **made, **backend)

    with serving(program, "--endpoint", f"ipc://{directory}/live", "--record", recording) as server:
        stage = Stage(farm(server.address, scenario, backend="embedded", speed=speed), step_seconds, tell, disturbance)
        recorded = [
            stage.play("recorded", lambda seed=seed: wandering(seed), 1_000 + seed).episode
            for seed in range(calibrating)
        ]
        stage.env.close()
        fit = calibrate(program, recording, fitted, *recorded, "--page", directory / "fitted.html")
        for line in fit["fit"]:
            tell(line)
        # In turns, so that a disturbance of the machine hits all of them.
        stage.env = farm(server.address, scenario, backend="embedded", speed=speed)
        for seed in range(live):
            for name in lively:
                policies[name]["live"].append(stage.play(f"live, {name}", lambda name=name: POLICIES[name], 1 + seed))
        stage.env.close()
    with serving(program, "--endpoint", f"ipc://{directory}/simulated") as server:
        for side, played in (("twins", scenario), ("simulated", fitted.read_text())):
            env = farm(server.address, played, backend="simulator")
            for name, policy in POLICIES.items():
                for seed in range(simulated):
                    policies[name][side].append(play(env, policy, 1 + seed, step_seconds))
            env.close()
    return {"fit": fit, "scenario": str(fitted), "policies": policies, "thrown_away": stage.thrown_away}


@dataclass
class Figure:
    """QoS or mean workers under one policy."""

    # Of the episodes that were played.
    played: float
    # Of the scenario that they are of, by way of their twins.
    live: Mean
    simulated: Mean

    @classmethod
    def of(cls, name: str, plays: dict[str, list[Play]]) -> "Figure":
        live, twins, simulated = (
            [getattr(play, name) for play in plays[side]] for side in ("live", "twins", "simulated")
        )
        beyond = Mean.of([one - twin for one, twin in zip(live, twins, strict=False)])
        return cls(statistics.mean(live), Mean.of(twins) + beyond, Mean.of(simulated))

    @property
    def gap(self) -> Mean:
        return self.simulated - self.live

    def __str__(self) -> str:
        gap = f"{self.gap.mean:+.2f} ± {self.gap.half:.2f}"
        return f"live {self.live} (in those played {self.played:.2f}), simulated {self.simulated}, gap {gap}"


@dataclass
class Verdict:
    """One policy, both figures."""

    policy: str
    qos: Figure
    workers: Figure

    @classmethod
    def of(cls, policy: str, plays: dict[str, list[Play]]) -> "Verdict":
        return cls(policy, Figure.of("qos", plays), Figure.of("workers", plays))

    @property
    def holds(self) -> bool:
        return self.qos.gap.is_within(5) and self.workers.gap.is_within(0.5)

    def __str__(self) -> str:
        return f"QoS in %: {self.qos}; workers: {self.workers}"


BAR = "QoS within 5 points, mean workers within 0.5, with the whole interval of the gap"


def rows(setting: Setting, calibrating: int = 6, live: int = 12, simulated: int = 200) -> Iterator[Row]:
    """Three policies live and in the simulator that was fitted to live episodes."""
    result = compare(
        setting.program, setting.folder, scenario="paper", speed=10, step_seconds=8, calibrating=calibrating, live=live,
        simulated=simulated, tell=lambda line: print(f"calibration: {line}", file=sys.stderr, flush=True),
    )  # fmt: skip
    fit = "; ".join(result["fit"]["fit"])
    away = f"{result['thrown_away']} live episodes were thrown away, since the machine stood still in them"
    yield Row(f"calibrated on {calibrating} live episodes of `paper` at speed 10", f"{fit}; {away}")
    for name, plays in result["policies"].items():
        verdict = Verdict.of(name, plays)
        what = f"`{name}`, {live} live episodes of `paper` at speed 10 and {simulated} of the calibrated simulator"
        yield Row(what, str(verdict), BAR, verdict.holds)


PART = Part("calibration", "a live farm beside the simulator that was fitted to it", rows)
