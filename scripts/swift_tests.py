"""Runs the Swift tests that are built, in lanes beside each other: many of them wait for processes and for the clock.

Within a lane one test runs after the other, each lane in a process of its own. A lane's output is in .build/tests/; of
one that fails, the failures are printed. Other targets than those named below are the last lane's.
"""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOGS = ROOT / ".build" / "tests"
# Seconds that a lane may take: many times what it takes.
PATIENCE = 1_200

# Lanes of about a minute, of which the first three mostly wait.
LANES = {
    "farms": ["OpenFaaSWorkersTests", "HTTPWorkersTests", "LiveFarmTests"],
    "gateways": ["LocalGatewayTests"],
    "sessions": ["EnvironmentValidationTests", "EnvironmentClientTests"],
    "learners": ["LearningTests", "EvaluationTests", "FarmSimulatorTests"],
}


@dataclass
class Lane:
    """Some targets' tests in a process of their own."""

    name: str
    process: subprocess.Popen
    log: Path
    begun: float

    @classmethod
    def start(cls, name: str, program: list[str], choice: list[str]) -> "Lane":
        log = LOGS / f"{name}.log"
        with log.open("w") as file:
            # A group of its own: Ctrl-C reaches this script, which ends what the tests have started too.
            process = subprocess.Popen(
                [*program, *choice], stdout=file, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=ROOT,
                start_new_session=True,
            )  # fmt: skip
        return cls(name, process, log, time.monotonic())

    def end(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def told(self) -> str:
        """What is to be said of its end."""
        lines = self.log.read_text(errors="replace").splitlines()
        seconds = time.monotonic() - self.begun
        last = next((line for line in reversed(lines) if "Test run with" in line), lines[-1] if lines else "no output")
        said = f"  {self.name}: {last.strip()} (in all {seconds:.0f} s)"
        if self.process.returncode == 0:
            return said
        failures = [line for line in lines if "✘" in line or "↳" in line or "Fatal error" in line]
        return "\n".join([*failures, said, f"  exit code {self.process.returncode}; all of it is in {self.log}"])


def program() -> list[str]:
    """What runs the tests of the built package, of which --filter and --skip choose."""
    if sys.platform != "linux":
        return ["swift", "test", "--skip-build", "--no-parallel"]
    # The bundle is a program; `swift test` would lock .build, and let one lane run after the other.
    bundle = ROOT / ".build" / "debug" / "faasfarmPackageTests.xctest"
    return [str(bundle), "--testing-library", "swift-testing", "--no-parallel"]


def main() -> int:
    LOGS.mkdir(parents=True, exist_ok=True)
    command = program()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    lanes = []
    try:
        for name, targets in LANES.items():
            lanes.append(Lane.start(name, command, ["--filter", pattern(targets)]))
        named = [target for targets in LANES.values() for target in targets]
        lanes.append(Lane.start("others", command, ["--skip", pattern(named)]))
        waiting = list(lanes)
        while waiting:
            for lane in waiting:
                if lane.process.poll() is not None or time.monotonic() - lane.begun > PATIENCE:
                    lane.end()
                    print(lane.told(), flush=True)
                    waiting.remove(lane)
                    break
            else:
                time.sleep(0.1)
    except KeyboardInterrupt:
        return 130
    finally:
        for lane in lanes:
            lane.end()
    return 1 if any(lane.process.returncode for lane in lanes) else 0


def pattern(targets: list[str]) -> str:
    return f"^({'|'.join(targets)})\\."


if __name__ == "__main__":
    sys.exit(main())
