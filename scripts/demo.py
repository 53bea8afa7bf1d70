"""The demo: a daemon with a farm of worker processes, a Python agent that steers it, and the replay of the recording.

Everything runs on this machine and on loopback ports that the system chooses. Ctrl-C ends all of it. The episode stays
in runs/demo.sqlite, to which each demo adds one.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from measure.processes import ProgramFailed, child, first_line, raise_on_signals  # noqa: E402

PROGRAM = ROOT / ".build" / "debug" / "faasfarm"
RECORDING = ROOT / "runs" / "demo.sqlite"
AGENT = ROOT / "examples" / "python" / "gymnasium_agent.py"


# What the daemon is told so that the demo's 12 workers fit into the limits of an edition.
PROFILES = {
    "standard": [],
    "ce": ["--gateway-profile", "ce", "--functions-per-farm", "3"],
    "faasd": ["--gateway-profile", "faasd", "--pool", "functions", "--worker-env", "healthcheck_interval=200ms"],
}


def shown(path: Path) -> str:
    """As one would type it in the top folder."""
    path = path.absolute()
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def run(program: Path, recording: Path, scenario: str, profile: str, seconds: float) -> None:
    serve = [program, "serve", "--port", "0", "--format", "json", "--until-stdin-closes", "--record", recording]
    serve += PROFILES[profile]
    with child(serve, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as daemon:
        announcement = json.loads(first_line(daemon, seconds=30))
        endpoint = announcement["endpoint"]
        print(f"demo: faasfarm serve listens on {endpoint}; its OpenFaaS gateway is {announcement.get('gateway')}")
        print(f"demo: {shown(AGENT)} steers the farm of the scenario {scenario}", flush=True)
        steer = [sys.executable, AGENT, "--endpoint", endpoint, "--scenario", scenario, "--replay"]
        with child(steer, grace=0.2, stdin=subprocess.DEVNULL) as agent:
            try:
                status = agent.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                raise ProgramFailed(f"the agent was not done after {seconds:.0f} s") from None
        if status != 0:
            raise ProgramFailed(f"the agent ended with status {status}; its own words are above")
        if daemon.poll() is not None:
            raise ProgramFailed(f"the daemon ended early, with status {daemon.returncode}")
    if daemon.returncode != 0:
        raise ProgramFailed(f"the daemon did not stop as it should: status {daemon.returncode}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=PROGRAM, help="the faasfarm binary")
    parser.add_argument("--scenario", default="demo", help="a preset, or a scenario file (default: demo)")
    parser.add_argument(
        "--profile", choices=PROFILES, default="standard", help="whose habits the gateway has (docs/openfaas.md)"
    )
    parser.add_argument("--record", type=Path, default=RECORDING, help="where to record the episode")
    parser.add_argument("--timeout", type=float, default=300, help="seconds after which the agent is given up")
    options = parser.parse_args()
    raise_on_signals()
    options.record.parent.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    try:
        run(options.program, options.record, options.scenario, options.profile, options.timeout)
    except KeyboardInterrupt:
        print("\ndemo: interrupted; the daemon, its workers and the agent have ended", file=sys.stderr)
        return 130
    except (ProgramFailed, OSError, ValueError) as error:
        print(f"demo: failed: {error}", file=sys.stderr)
        return 1
    seconds = time.monotonic() - begun
    program, recording, agent = shown(options.program), shown(options.record), shown(AGENT)
    print(f"""
demo: done in {seconds:.0f} s. A Python agent steered real worker processes over ZeroMQ; the recorded episode,
demo: replayed through the same protocol, gave the same return. Daemon and workers have ended.
demo: The episode is in {recording}.

What to try next:
  {program} episodes replay {recording} newest
      the episode, step by step
  {program} serve --record {recording}
      a daemon that stays, on tcp://127.0.0.1:5555; then, in another terminal:
  .venv/bin/python {agent} --endpoint tcp://127.0.0.1:5555
      the agent on it; --help says what else it takes
  .venv/bin/python examples/python/zmq_json_only.py --endpoint tcp://127.0.0.1:5555
      the same with pyzmq and JSON alone
docs/quickstart.md goes on with scenarios, rewards and observations of your own.""")
    return 0


if __name__ == "__main__":
    sys.exit(main())
