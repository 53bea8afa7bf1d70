"""A live farm whose agent died is its user's again at once, and nobody else's."""

import subprocess
import sys
import time

import faasfarm
import pytest
from daemon import BINARY, SMALL, Daemon

AGENT = """
import sys
import faasfarm

endpoint, scenario, key, server = sys.argv[1:]
env = faasfarm.Env(endpoint=endpoint, scenario=scenario, client_key=key or None, server_key=server or None)
env.reset(seed=1)
env.step(2)
print("steered", flush=True)
while True:
    env.step(2)
    env.reset()
"""


def kill_an_agent(daemon, key="", server=""):
    """An agent that is killed (SIGKILL) in the middle of its second step."""
    scenario = SMALL.replace("step: 0.5", "step: 1")
    command = [sys.executable, "-c", AGENT, daemon.endpoint, scenario, key, server]
    agent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert agent.stdout.readline() == "steered\n"
    time.sleep(0.2)
    agent.kill()
    agent.wait()
    agent.stdout.close()


def test_a_dead_agents_farm_is_taken_over_at_once():
    with Daemon("--pools", "1") as daemon:
        kill_an_agent(daemon)
        with pytest.raises(faasfarm.FaaSFarmError, match="takeover=true|none of yours is idle") as busy:
            faasfarm.Env(endpoint=daemon.endpoint, scenario=SMALL)
        assert busy.value.reason == "FARM_BUSY"
        begun = time.monotonic()
        env = faasfarm.Env(endpoint=daemon.endpoint, scenario=SMALL, takeover=True)
        assert time.monotonic() - begun < 10
        # It is about the make, and not about the farm.
        assert "takeover" not in env.made_with
        env.reset(seed=1)
        assert env.step(2)[4]["totals"]["emitted"] >= 0
        env.close()


def test_whoever_is_idle_is_told_that_the_farm_was_taken():
    with Daemon("--pools", "1") as daemon:
        first = faasfarm.Env(endpoint=daemon.endpoint, scenario=SMALL)
        first.reset(seed=1)
        time.sleep(3.2)
        with pytest.raises(faasfarm.FaaSFarmError, match=r"yours has been idle for \d+\.\d s; .* takeover=true"):
            faasfarm.Env(endpoint=daemon.endpoint, scenario=SMALL)
        second = faasfarm.Env(endpoint=daemon.endpoint, scenario=SMALL, takeover=True)
        *_, truncated, info = first.step(2)
        assert truncated and "took the farm over" in info["reason"]
        with pytest.raises(faasfarm.FaaSFarmError, match="took the farm over"):
            first.reset()
        # The end of the first session does nothing to the farm that is the second's now.
        first.close()
        second.reset(seed=2)
        second.step(2)
        second.close()


def test_another_users_farm_is_not_taken(tmp_path):
    for more in ([], ["--client", "other"]):
        subprocess.run([BINARY, "keys", tmp_path, *more], check=True, capture_output=True)
    server = tmp_path / "server.pub"
    guard = ("--server-key", str(tmp_path / "server.key"), "--allow-clients", str(tmp_path))
    with Daemon("--pools", "1", *guard) as daemon:

        def farm(key, **more):
            path = tmp_path / f"{key}.key"
            return faasfarm.Env(endpoint=daemon.endpoint, scenario=SMALL, server_key=server, client_key=path, **more)

        first = farm("client")
        first.reset(seed=1)
        time.sleep(3.2)
        with pytest.raises(faasfarm.FaaSFarmError, match="none is yours") as busy:
            farm("other", takeover=True)
        assert busy.value.reason == "FARM_BUSY"
        first.step(2)
        first.close()
        farm("other", takeover=True).close()
