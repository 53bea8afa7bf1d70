"""The examples run, and end well."""

import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "python"


def run(name: str, *arguments: str) -> str:
    command = [sys.executable, str(EXAMPLES / name), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_gymnasium_agent_with_replay(daemon, scenario, tmp_path) -> None:
    file = tmp_path / "quick.yaml"
    file.write_text(scenario)
    output = run(
        "gymnasium_agent.py", "--endpoint", daemon.endpoint, "--scenario", str(file), "--minimum", "1", "--replay"
    )
    assert "agrees" in output and "emitted" in output


def test_zmq_json_only(daemon) -> None:
    output = run("zmq_json_only.py", "--endpoint", daemon.endpoint, "--steps", "2")
    assert "closed after 2 steps" in output
