"""Checks at full size what must hold, and writes docs/measured.md: commit, machine, figure, bar, verdict.

`make test` has each at a small size, by the same code. The page has a section a part; those of parts that are not run
stay as they are, with the commit that they were measured at.
"""

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import calibrated
import recording_cost
from children import ROOT

# What `make test` builds: another configuration, for recordings that one build made and another verifies.
OTHER_BUILD = ROOT / ".build" / "debug" / "faasfarm"

# Means of the published ten episodes a policy with the 95 % interval of the mean (Student), and the means of an
# independent simulation of 60 episodes: QoS in percent, workers.
RECORDED = {
    "reactive-average": (50.87, 3.30, 10.79, 0.23, 50.14, 10.89),
    "reactive-maximum": (65.61, 10.75, 13.92, 0.51, 65.28, 13.92),
    "static:12": (86.2, 3.92, 12.0, 0.01, 87.2, 12.0),
    "ratchet": (94.91, 2.86, 14.40, 0.58, 94.19, 14.35),
}


@dataclass
class Row:
    what: str
    figure: str
    bar: str
    holds: bool

    @property
    def verdict(self) -> str:
        if not self.bar:
            return "-"
        return "holds" if self.holds else "FALLS SHORT"


def run(command: list[str | Path]) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"soak: {' '.join(map(str, command))} ended with {done.returncode}: {done.stderr}")
    return done.stdout


def fidelity(program: Path) -> list[Row]:
    command = [
        program,
        "evaluate",
        "--scenario",
        "paper-as-run",
        "--episodes",
        "200",
        "--seed",
        "1",
        "--format",
        "json",
    ]
    result = json.loads(run([*command, "--policies", ",".join(RECORDED)]))
    rows = []
    for policy in result["policies"]:
        qos, qos_half, workers, workers_half, other_qos, other_workers = RECORDED[policy["policy"]]
        got_qos, got_workers = 100 * policy["paper_qos"]["mean"], policy["paper_mean_workers"]["mean"]
        rows.append(
            Row(
                f"`paper-as-run`, {policy['policy']}, 200 episodes",
                f"{got_qos:.2f} % at {got_workers:.2f} workers",
                f"recorded {qos} ± {qos_half} at {workers} ± {workers_half}; "
                f"independent {other_qos} ± 2 at {other_workers} ± 0.3",
                abs(got_qos - qos) <= qos_half
                and abs(got_workers - workers) <= workers_half
                and abs(got_qos - other_qos) <= 2
                and abs(got_workers - other_workers) <= 0.3,
            )
        )
    return rows


def growth(program: Path, directory: Path) -> list[Row]:
    """Processor time and memory of episodes of 10^3 to 10^7 tasks."""
    figures = {}
    for power in range(3, 8):
        scenario = directory / f"tasks-{power}.yaml"
        rate = 10**power / 1000
        scenario.write_text(
            f"name: growth\narrivals: {{phases: [{{seconds: 1000, rate: {rate}}}]}}\n"
            f"service: {{lognormal: {{mean: {16 / rate}, cv: 0.5}}}}\ndeadline: {{seconds: 2}}\n"
            "workers: {min: 1, max: 40, initial: 20}\nstep: 10\nsteps: 100\n"
        )
        command = [program, "bench", "--scenario", str(scenario), "--policy", "hold", "--repetitions", "1"]
        command += ["--episodes", str(max(1, 10 ** (6 - power)))]
        figure = json.loads(run(command))
        figures[power] = (figure["tasks_per_cpu_second"], figure["peak_kilobytes"])
    nanoseconds = {power: 1e9 / rate for power, (rate, _) in figures.items()}
    memory = {power: peak for power, (_, peak) in figures.items()}
    return [
        Row(
            "processor time a task, episodes of 10^4 to 10^7 tasks",
            ", ".join(f"{nanoseconds[power]:.0f} ns" for power in range(4, 8)),
            "linear: within a factor of 1.5 of each other",
            max(nanoseconds[p] for p in range(4, 8)) <= 1.5 * min(nanoseconds[p] for p in range(4, 8)),
        ),
        Row(
            "peak memory, episodes of 10^3 to 10^7 tasks",
            ", ".join(f"{memory[power] / 1024:.1f} MB" for power in range(3, 8)),
            "does not grow: within 10 %",
            max(memory.values()) <= 1.1 * min(memory.values()),
        ),
    ]


def yardsticks(program: Path) -> list[Row]:
    """Ten trainings of each learner on classic control."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "yardsticks.py"), "--program", str(program), "--jobs", "2"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    # Exit code 1 with its lines is a bar that is missed.
    if done.returncode not in (0, 1) or not done.stdout:
        raise SystemExit(f"soak: the yardsticks ended with {done.returncode}: {done.stderr}")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return [
        Row(
            f"{line['what']}, {line['steps']} steps, {len(line['seeds'])} trainings",
            f"{line['reached']} reach it; mean {line['mean']}, interquartile {line['interquartile_mean']}, "
            f"worst {line['worst']}",
            line["bar"],
            line["holds"],
        )
        for line in lines
    ]


# What pytest runs at full size: what it shows, and the files.
SIZES = {
    "hard-lines": (
        "a line that drops, delays, doubles, cuts; kills; stops",
        ["Tests/acceptance/test_hard_lines.py"],
    ),
    "sizes": ("10,000 resets, 1,000 makes, 1,000 idle and 100 stepping sessions", ["Tests/acceptance/test_sizes.py"]),
    "conservation": (
        "scaled 1 to 12 and back every second; every worker killed; the gateway away; a fifth of calls failing: two "
        "minutes each, no task lost, no result twice",
        ["Tests/acceptance/test_gateway_faults.py"],
    ),
    "killed": ("`kill -9` of 50 daemons after a scale: workers given back", ["Tests/acceptance/test_found_workers.py"]),
    "black-holes": (
        "functions that end in the middle of calls and that load for seconds, on `ce` and `faasd`, both dispatches",
        ["Tests/acceptance/test_black_holes.py"],
    ),
    "open-files": (
        "1,100 workers under 1,024 descriptors and 300 under 256: no task fails, the daemon lives",
        ["Tests/acceptance/test_open_files.py"],
    ),
    "numbers": (
        "every option, hyper-parameter and scenario key with 0, -1, nan, inf, 1e30, 1e-30 and nothing",
        ["Tests/acceptance/test_numbers.py"],
    ),
    "threads": (
        "1,000 times three threads in one environment, a vector too: each ends by a typed error",
        ["protocol/python/tests/test_threads.py"],
    ),
    "fuzz": ("mutated frames over a socket", ["Tests/acceptance/test_fuzz.py"]),
    "episodes": (
        "recordings: kills, verification, lists, whole files, replays at once",
        [
            "Tests/acceptance/test_episodes_killed.py",
            "Tests/acceptance/test_episodes_verified.py",
            "Tests/acceptance/test_recording_files.py",
        ],
    ),
    "hindsight": (
        "on every preset, no policy and no fixed number beats hindsight on any seed, by reward or by a goal",
        ["Tests/acceptance/test_hindsight.py"],
    ),
    "matching": (
        "classic control is Gymnasium's, 10,000 steps, 5 seeds",
        ["protocol/python/tests/test_gymnasium.py"],
    ),
}

# Parts that mostly wait have so many of their tests beside each other.
AT_ONCE = {"black-holes": 4}


def at_full_size(program: Path, name: str, directory: Path) -> list[Row]:
    """Tests that `make test` runs at a small size, and the figures that they tell at this one."""
    what, files = SIZES[name]
    begun = time.monotonic()
    figures = directory / f"{name}.figures"
    environment = {"FAASFARM_SIZE": "full", "FAASFARM_BIN": str(program.resolve()), "FAASFARM_FIGURES": str(figures)}
    if OTHER_BUILD.exists():
        environment["FAASFARM_OTHER_BIN"] = str(OTHER_BUILD)
    at_once = ["-n", str(AT_ONCE[name])] if name in AT_ONCE else []
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *at_once, *files], cwd=ROOT, capture_output=True, text=True, check=False,
        env=os.environ | environment,
    )  # fmt: skip
    summary = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else done.stderr.strip()[-200:]
    if done.returncode != 0:
        print(done.stdout[-4000:], file=sys.stderr)
    rows = [Row(**json.loads(line)) for line in figures.read_text().splitlines()] if figures.exists() else []
    passed = f"{summary.strip('= ')} ({time.monotonic() - begun:.0f} s)"
    return [*rows, Row(what, passed, "all pass", done.returncode == 0)]


def calibration(program: Path, directory: Path) -> list[Row]:
    """Three policies live and in the simulator that was fitted to live episodes."""
    calibrating, live, simulated = 6, 12, 200
    result = calibrated.compare(
        program, directory, scenario="paper", speed=10, step_seconds=8, calibrating=calibrating, live=live,
        simulated=simulated, tell=lambda line: print(f"soak: {line}", file=sys.stderr, flush=True),
    )  # fmt: skip
    fit = "; ".join(result["fit"]["fit"])
    away = f"{result['thrown_away']} live episodes were thrown away, since the machine stood still in them"
    rows = [Row(f"calibrated on {calibrating} live episodes of `paper` at speed 10", f"{fit}; {away}", "", True)]
    for name, plays in result["policies"].items():
        verdict = calibrated.Verdict.of(name, plays)
        what = f"`{name}`, {live} live episodes of `paper` at speed 10 and {simulated} of the calibrated simulator"
        rows.append(Row(what, str(verdict), calibrated.BAR, verdict.holds))
    return rows


def recording(program: Path, directory: Path) -> list[Row]:
    """What recording costs."""
    cost = recording_cost.recording(program, 40, 0.25, directory)
    processor = "" if cost.processor is None else f"; processor time a step {cost.processor:+.1f} %"
    return [
        Row(
            f"recording a vector of {recording_cost.FARMS} simulated farms over ipc from Python",
            f"costs {cost.vector}{processor}",
            "under 15 % of its steps a second", cost.vector.median < 15,
        ),
        Row(
            "recording a live farm with windows of 0.1 s", f"a step takes {cost.live} longer",
            "nothing measurable: less than the blocks differ",
            cost.live.low <= 0 <= cost.live.high,
        ),
    ]  # fmt: skip


def section(part: str, rows: list[Row], seconds: float) -> str:
    """A part's rows, with what they were measured on."""
    commit = run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"]).strip()
    # The page itself is what is being changed.
    status = run(["git", "-C", ROOT, "status", "--porcelain", "--", ".", ":!docs/measured.md"]).strip()
    changed = " with uncommitted changes" if status else ""
    date = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}"
    machine = f"{platform.machine()}, {os.cpu_count()} processors, {platform.system()} {platform.release()}"
    lines = [
        f"## {part}",
        "",
        f"Commit {commit}{changed}, {date}; {machine}; {seconds:.0f} s.",
        "",
        "| what | figure | bar | verdict |",
        "|---|---|---|---|",
    ]
    lines += [f"| {row.what} | {row.figure} | {row.bar} | {row.verdict} |" for row in rows]
    return "\n".join(lines) + "\n"


HEAD = "# Measured\n\nWritten by `make soak`; not to be edited. A section a part, with the commit it was measured at.\n"


def page(old: str, measured: dict[str, str]) -> str:
    """The page with the sections that were measured now, and the old ones of the other parts."""
    sections = {text.split("\n", 1)[0]: f"## {text.strip()}\n" for text in old.split("\n## ")[1:]} | measured
    known = [part for part in PARTS if part in sections]
    return "\n".join([HEAD, *(sections[part] for part in known + sorted(set(sections) - set(known)))])


PARTS = ["fidelity", "growth", "recording", "calibration", "yardsticks", *SIZES]


def measure(part: str, program: Path, directory: Path) -> list[Row]:
    match part:
        case "fidelity":
            return fidelity(program)
        case "growth":
            return growth(program, directory)
        case "recording":
            return recording(program, directory)
        case "calibration":
            return calibration(program, directory)
        case "yardsticks":
            return yardsticks(program)
        case _:
            return at_full_size(program, part, directory)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=ROOT / ".build" / "release" / "faasfarm")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "measured.md")
    parser.add_argument("--parts", default=",".join(PARTS), help="which of: %(default)s")
    options = parser.parse_args()
    chosen = options.parts.split(",")
    if unknown := set(chosen) - set(PARTS):
        parser.error(f"no part is called {', '.join(sorted(unknown))}; there are: {', '.join(PARTS)}")
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as directory:
        for part in chosen:
            print(f"soak: {part}", file=sys.stderr, flush=True)
            begun = time.monotonic()
            found = measure(part, options.program, Path(directory))
            rows += found
            old = options.out.read_text() if options.out.exists() else ""
            # After each part, so that what was measured is there when a later one is interrupted.
            options.out.write_text(page(old, {part: section(part, found, time.monotonic() - begun)}))
    short = [row.what for row in rows if not row.holds]
    print(f"soak: {len(rows) - len(short)} of {len(rows)} hold; {options.out} has the figures")
    for what in short:
        print(f"soak: falls short: {what}", file=sys.stderr)
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
