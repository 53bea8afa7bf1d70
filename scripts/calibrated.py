"""A live farm and its calibrated simulator: do policies come out the same in both?

Live episodes on the daemon's own gateway are recorded under a policy that wanders, `faasfarm calibrate` fits a scenario
to them, and then the same policies run live and in that scenario. Printed are QoS and mean workers of both with 95 %
intervals (Student), and what lies between them. A part of `make soak`; alone: `python scripts/calibrated.py`.

Few live episodes say little of a policy's mean, because an episode's tasks decide most of what it comes to. So the
scenario that the live farm plays is simulated too, with the seeds of the live episodes and with many more: equal seeds
are equal tasks, and the live mean is the mean of the many plus what the live episodes differ from their twins by. That
is unbiased whatever the simulator gets wrong (a control variate with coefficient 1), and needs few live episodes where
twins are alike.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import faasfarm
from children import ROOT, ChildFailed, child, first_line, raise_on_signals
from live_play import DISTURBANCE, POLICIES, Play, Stage, play, wandering

# Seconds; a machine may have other things to do.
PATIENCE = 300


@dataclass
class Mean:
    """With half the width of its 95 % interval."""

    mean: float
    half: float

    @classmethod
    def of(cls, values: list[float]) -> "Mean":
        if len(values) < 2:
            return cls(values[0], float("nan"))
        # Student's quantiles, 0.975, by degrees of freedom; the normal's beyond.
        quantiles = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145]
        quantile = quantiles[len(values) - 2] if len(values) - 2 < len(quantiles) else 1.96
        return cls(statistics.mean(values), quantile * statistics.stdev(values) / len(values) ** 0.5)

    def __add__(self, other: "Mean") -> "Mean":
        return Mean(self.mean + other.mean, (self.half**2 + other.half**2) ** 0.5)

    def __sub__(self, other: "Mean") -> "Mean":
        return self + Mean(-other.mean, other.half)

    def is_within(self, bar: float) -> bool:
        """Whether the whole interval is."""
        return abs(self.mean) + self.half <= bar

    def __str__(self) -> str:
        return f"{self.mean:.2f} ± {self.half:.2f}"


@contextmanager
def daemon(program: Path, directory: Path, *options: str):
    socket = directory / f"calibrated-{len(options)}"
    serve = [program, "serve", "--endpoint", f"ipc://{socket}", "--format", "json", "--until-stdin-closes", *options]
    with child(serve, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield json.loads(first_line(process, seconds=30))["endpoint"]


def calibrate(program: Path, recording: Path, out: Path, *options: str) -> dict:
    command = [program, "calibrate", recording, "--out", out, "--format", "json", *options]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, timeout=600)
    if done.returncode != 0:
        raise ChildFailed(f"calibrate ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return json.loads(done.stdout)


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
    made = {"scenario": scenario, "action": "paper"}
    policies: dict[str, dict[str, list[Play]]] = {name: {"live": [], "twins": [], "simulated": []} for name in POLICIES}
    with daemon(program, directory, "--record", str(recording)) as endpoint:
        env = faasfarm.Env(
            "faasfarm/Farm-v0", endpoint=endpoint, backend="embedded", speed=speed, timeout=PATIENCE, **made
        )
        stage = Stage(env, step_seconds, tell, disturbance)
        recorded = [
            stage.play("recorded", lambda seed=seed: wandering(seed), 1_000 + seed).episode
            for seed in range(calibrating)
        ]
        env.close()
        fit = calibrate(program, recording, fitted, *recorded, "--page", str(directory / "fitted.html"))
        for line in fit["fit"]:
            tell(line)
        # In turns, so that a disturbance of the machine hits all of them.
        env = faasfarm.Env(
            "faasfarm/Farm-v0", endpoint=endpoint, backend="embedded", speed=speed, timeout=PATIENCE, **made
        )
        stage.env = env
        for seed in range(live):
            for name in lively:
                policies[name]["live"].append(stage.play(f"live, {name}", lambda name=name: POLICIES[name], 1 + seed))
        env.close()
    with daemon(program, directory) as endpoint:
        for side, played in (("twins", scenario), ("simulated", fitted.read_text())):
            made["scenario"] = played
            env = faasfarm.Env("faasfarm/Farm-v0", endpoint=endpoint, backend="simulator", timeout=PATIENCE, **made)
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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=ROOT / ".build" / "release" / "faasfarm")
    parser.add_argument("--calibrating", type=int, default=6, help="live episodes to fit to (default: 6)")
    parser.add_argument("--live", type=int, default=12, help="live episodes of each policy (default: 12)")
    parser.add_argument("--simulated", type=int, default=200, help="simulated ones of each (default: 200)")
    parser.add_argument("--speed", type=float, default=10, help="scenario seconds in a real second (default: 10)")
    parser.add_argument("--keep", type=Path, help="a folder for recording, fitted scenario and page")
    options = parser.parse_args()
    raise_on_signals()
    try:
        with tempfile.TemporaryDirectory() as scratch:
            folder = options.keep or Path(scratch)
            folder.mkdir(parents=True, exist_ok=True)
            result = compare(
                options.program, folder, scenario="paper", speed=options.speed, step_seconds=8,
                calibrating=options.calibrating, live=options.live, simulated=options.simulated,
                tell=lambda line: print(line, file=sys.stderr, flush=True),
            )  # fmt: skip
    except KeyboardInterrupt:
        return 130
    except (ChildFailed, OSError, ValueError) as error:
        print(f"calibrated: failed: {error}", file=sys.stderr)
        return 1
    print(f"{result['thrown_away']} live episodes were thrown away, since the machine stood still in them")
    verdicts = [Verdict.of(name, plays) for name, plays in result["policies"].items()]
    for verdict in verdicts:
        print(f"{verdict.policy}: {verdict}; {'holds' if verdict.holds else 'FALLS SHORT'} ({BAR})")
    return 0 if all(verdict.holds for verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
