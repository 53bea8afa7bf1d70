"""Policies on a daemon's farms: what is live is called so, and what an agent was trained on decides nothing."""

import json
import signal
import subprocess
import sys
import time

import pytest
from daemon import BINARY, PROMPT, ROOT, SMALL, Daemon, wait_until

BRIEF = SMALL.replace("steps: 6", "steps: 4").replace("name: small", "name: brief")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A daemon with one live farm, a scenario's file, and an agent that was trained on that scenario's simulator."""
    folder = tmp_path_factory.mktemp("live")
    scenario, agent = folder / "brief.yaml", folder / "agent.safetensors"
    scenario.write_text(BRIEF)
    command = [BINARY, "train", "ppo", "--scenario", str(scenario), "--argument", "action=target", "--steps", "256",
               "--set", "environments=2", "--set", "stepsPerRound=32", "--seed", "1", "--out", str(agent)]  # fmt: skip
    trained = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert trained.returncode == 0, trained.stderr
    with Daemon("--pools", "1") as daemon:
        yield daemon, str(scenario), str(agent)


def evaluate(*arguments, fails=False):
    done = subprocess.run([BINARY, "evaluate", *arguments], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode != 0) == fails, done.stderr
    return done.stderr if fails else done.stdout


def test_rules_and_agents_play_several_live_episodes_on_one_farm(place, tmp_path):
    daemon, scenario, agent = place
    page = tmp_path / "page.html"
    given = ("--endpoint", daemon.endpoint, "--scenario", scenario, "--speed", "4", "--episodes", "2", "--seed", "5",
             "--policies", f"static:3,{agent}")  # fmt: skip
    result = json.loads(evaluate(*given, "--report", str(page), "--format", "json"))
    assert (result["provenance"], result["backend"], result["speed"]) == ("live", "embedded", 4)
    assert (result["scenario"], result["episodes"], result["seed"]) == ("brief@1", 2, 5)
    assert [policy["policy"] for policy in result["policies"]] == ["static:3", agent]
    assert result["policies"][0]["mean_workers"]["mean"] == pytest.approx(3, abs=0.2)
    # What single tasks took is not told by windows, and so not by the report.
    assert "response_time_p95" not in result["policies"][0]
    assert "live (embedded, speed 4)" in page.read_text()


def test_the_same_agent_is_simulated_only_where_that_is_asked_for(place):
    daemon, scenario, agent = place
    given = ("--episodes", "3", "--seed", "5", "--policies", f"static:3,{agent}", "--format", "json")
    there = json.loads(evaluate("--endpoint", daemon.endpoint, "--backend", "simulator", *given))
    here = json.loads(evaluate("--scenario", scenario, *given))
    assert there["provenance"] == here["provenance"] == "simulated"
    assert there["scenario"] == "brief@1"
    for mine, other in zip(there["policies"], here["policies"], strict=True):
        for metric in ("qos", "mean_workers", "mean_ready", "reward", "scaling_actions", "queue", "response_time"):
            assert mine[metric] == other[metric]
    text = evaluate("--endpoint", daemon.endpoint, "--backend", "simulator", "--policies", agent, "--episodes", "2")
    assert text.startswith("brief@1, simulated, 2 episodes, seeds 1000001 to 1000002\n")


def test_returns_of_a_live_environment_come_of_several_episodes_too(place):
    daemon, _, agent = place
    result = json.loads(
        evaluate("--env", "faasfarm/Farm-v0", "--endpoint", daemon.endpoint, "--policies", agent, "--speed", "4",
                 "--episodes", "2", "--format", "json")
    )  # fmt: skip
    assert (result["provenance"], result["scenario"], result["episodes"]) == ("live", "brief@1", 2)
    assert result["policies"][0]["length"]["mean"] == 4


def test_the_example_plays_live_where_the_daemon_is(place):
    daemon, scenario, agent = place
    script = str(ROOT / "examples" / "python" / "trained_policy.py")
    command = [sys.executable, script, agent, "--endpoint", daemon.endpoint, "--episodes", "1"]
    for options, kind in (
        (["--speed", "4"], "live"),
        (["--backend", "simulator", "--scenario", scenario], "simulated"),
    ):
        done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        line = json.loads(done.stdout)
        assert line["provenance"] == kind and line["result"]["steps"] == 4


def test_a_speed_that_calls_do_not_keep_is_told_with_one_that_they_do(place):
    daemon, scenario, _ = place
    given = ("--endpoint", daemon.endpoint, "--scenario", scenario, "--policies", "static:3", "--format", "json")
    notes = json.loads(evaluate(*given, "--speed", "20", "--episodes", "1"))["notes"]
    (note,) = [note for note in notes if "longer than their work" in note]
    assert "of the mean service time at speed 20; " in note


def test_an_interrupt_gives_the_farm_back_at_once(place):
    daemon, scenario, _ = place
    given = ("--endpoint", daemon.endpoint, "--scenario", scenario, "--policies", "static:3")
    command = [BINARY, "evaluate", *given, "--episodes", "100"]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert "live (embedded, speed 1)" in run.stderr.readline()
    wait_until(daemon.workers, what="an episode")
    begun = time.monotonic()
    run.send_signal(signal.SIGINT)
    _, errors = run.communicate(timeout=30)
    assert time.monotonic() - begun < PROMPT and run.returncode == 130 and "interrupted" in errors
    # The only pool is free.
    evaluate(*given, "--episodes", "1", "--speed", "4")


def test_an_interrupted_training_saves_and_gives_the_farm_back_without_waiting_for_its_round(place, tmp_path):
    daemon, scenario, _ = place
    agent = tmp_path / "agent.safetensors"
    command = [BINARY, "train", "ppo", "--endpoint", daemon.endpoint, "--scenario", scenario, "--argument",
               "action=target", "--set", "environments=1", "--steps", "2048", "--out", str(agent)]  # fmt: skip
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert "live" in run.stderr.readline()
    wait_until(daemon.workers, what="an episode")
    begun = time.monotonic()
    run.send_signal(signal.SIGINT)
    output, errors = run.communicate(timeout=10)
    assert time.monotonic() - begun < 2 and run.returncode == 130, errors
    assert "interrupted after" in output and agent.stat().st_size > 1000
    evaluate("--endpoint", daemon.endpoint, "--scenario", scenario, "--policies", "static:3", "--episodes", "1",
             "--speed", "4")  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--speed", "4", "--policies", "static:3"), "need --endpoint"),
        (("--backend", "embedded", "--policies", "static:3"), "needs --endpoint"),
        (
            ("--endpoint", "HERE", "--backend", "simulator", "--speed", "4", "--policies", "static:3"),
            "this is simulated",
        ),
        (("--endpoint", "HERE", "--policies", "static:3", "--tune"), "not for --endpoint"),
        (("--endpoint", "HERE", "--policies", "static:3", "--speed", "0"), "positive"),
        (("--endpoint", "HERE", "--policies", "static:3,static:3"), "is there twice"),
        (("--endpoint", "HERE", "--policies", "static:3", "--baseline", "static:4"), "expected one of static:3"),
        (("--endpoint", "HERE", "--policies", "static:3", "--backend", "embeded"), 'did you mean "embedded"'),
    ],
)
def test_what_does_not_go_together_is_refused(place, arguments, text):
    here = [place[0].endpoint if word == "HERE" else word for word in arguments]
    assert text in evaluate(*here, "--episodes", "1", fails=True)


def test_a_recorded_episode_is_one_workload_however_often_it_is_played(tmp_path):
    file = tmp_path / "one.sqlite"
    with Daemon("--record", str(file)) as daemon:
        script = str(ROOT / "examples" / "python" / "trained_policy.py")
        agent = str(ROOT / "examples" / "policies" / "shuffled.safetensors")
        command = [sys.executable, script, agent, "--endpoint", daemon.endpoint, "--backend", "simulator"]
        subprocess.run([*command, "--episodes", "1"], check=True, capture_output=True, timeout=60)
    given = ("--scenario", f"recording:{file}#1", "--policies", "static:12,static:14")
    text = evaluate(*given, "--episodes", "5")
    heading = text.splitlines()[0]
    assert "tasks of recorded episode 1 of shuffled@1 in" in heading and "one.sqlite, simulated" in heading
    assert "5 repetitions of one workload" in heading
    assert "*" not in text and "±" not in text and "no intervals" in text
    result = json.loads(evaluate(*given, "--format", "json"))
    assert (result["workloads"], result["episodes"]) == (1, 1)
