"""The programs of examples/swift, which extend FaaSFarm by a policy and an observer of their own."""

import subprocess

from daemon import BINARY


def test_a_policy_and_an_observer_of_ones_own() -> None:
    program = BINARY.with_name("swift-examples")
    done = subprocess.run([str(program)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    policies = {line.split()[0]: float(line.split()[1]) for line in lines[2:5]}
    # Made for this load, it keeps more deadlines than a rule that only follows it.
    assert policies["littles-law:4.0"] > policies["reactive-average"]
    assert "episodes of CartPole-v1, pushed to the right: returns [" in lines[5]
