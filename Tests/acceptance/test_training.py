"""Training on the command line: a model comes out, runs as a policy, and goes on where it stopped."""

import contextlib
import csv
import dataclasses
import json
import os
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest
from daemon import BINARY, ROOT, Daemon, stand_still, wait_until

from measure.soak import yardsticks


def train(*arguments):
    return subprocess.run([BINARY, "train", *arguments], capture_output=True, text=True, timeout=120, check=False)


def test_a_model_is_trained_on_a_farm_and_compared(tmp_path):
    model, table = tmp_path / "farm.safetensors", tmp_path / "numbers.csv"
    run = train(
        "ppo", "--scenario", "demo", "--preset", "farm", "--steps", "1000", "--seed", "3", "--out", str(model), "--csv",
        str(table),
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert "wrote" in run.stdout
    assert list(csv.reader(table.open()))
    command = [BINARY, "evaluate", "--scenario", "demo", "--episodes", "3", "--format", "json"]
    command += ["--policies", f"static:6,{model}"]
    compared = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert compared.returncode == 0, compared.stderr
    policies = json.loads(compared.stdout)["policies"]
    assert [policy["policy"] for policy in policies] == ["static:6", str(model)]


def test_a_goal_moves_the_price_and_the_file_is_what_was_kept(tmp_path):
    model = tmp_path / "goal.safetensors"
    words = ["--scenario", "demo", "--argument", "action=target", "--preset", "farm", "--steps", "2000", "--seed", "3"]
    run = train("ppo", *words, "--goal", "qos>=5%", "--out", str(model))
    assert run.returncode == 0, run.stderr
    lines = [line for line in run.stderr.splitlines() if "a worker-second at" in line]
    prices = [float(line.split("a worker-second at ")[1].split()[0]) for line in lines]
    # Kept at first, so that workers become dearer.
    assert prices[0] == 0.02 and prices[1] == 0.04
    kept = [line.split(": ", 1)[1] for line in lines if line.endswith("goal qos>=0.05 kept")]
    costs = [float(line.split(" worker-seconds")[0].split()[-1]) for line in kept]
    assert "the cheapest that keeps it" in run.stdout and f"{min(costs):.0f} worker-seconds" in run.stdout
    compared = subprocess.run(
        [BINARY, "evaluate", "--scenario", "demo", "--episodes", "20", "--format", "json", "--goal", "qos>=0.05",
         "--policies", f"static:6,{model}"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert compared.returncode == 0, compared.stderr
    found = json.loads(compared.stdout)
    assert found["goal"] == "qos>=0.05" and set(found["by_goal"]) >= {"static:6", str(model)}


def test_a_goal_that_cannot_be_trained_for_is_refused_at_once():
    wrong = [
        ["--goal", "response_time_p95<=2"],
        ["--goal", "qos>=2"],
        ["--goal", "qos>=0.9", "--save-every", "5"],
        ["--goal", "qos>=0.9", "--argument", "reward=paper"],
        ["--goal", "qos>=0.9", "--env", "faasfarm/CartPole-v1"],
    ]
    for words in wrong:
        run = train("ppo", *words)
        assert run.returncode != 0 and "goal" in run.stderr, words


def test_one_seed_is_one_model(tmp_path):
    files = [tmp_path / name for name in ("one", "two")]
    for file in files:
        run = train("ppo", "--env", "faasfarm/CartPole-v1", "--preset", "zoo-cartpole", "--steps", "600", "--seed", "5",
                    "--out", str(file))  # fmt: skip
        assert run.returncode == 0, run.stderr
    assert files[0].read_bytes() == files[1].read_bytes()
    resumed = train("ppo", "--env", "faasfarm/CartPole-v1", "--resume", str(files[0]), "--steps", "900", "--out",
                    str(tmp_path / "three"))  # fmt: skip
    assert resumed.returncode == 0, resumed.stderr
    assert (tmp_path / "three").read_bytes() != files[0].read_bytes()


def weights(file):
    """All arrays of an agent but the counters, as bytes."""
    data = Path(file).read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + length])
    names = [name for name in header if name.startswith(("policy", "network", "weights"))]
    assert names
    return [data[8 + length :][slice(*header[name]["data_offsets"])] for name in sorted(names)]


RESUMED = [
    # Schedules that end at 0, in an environment that all of them learn something in.
    ("ppo", "faasfarm/CartPole-v1", ["--preset", "cleanrl"], 1_000),
    ("dqn", "faasfarm/CartPole-v1",
     ["--set", 'learningRate={"from": 1e-3, "to": 0}', "--set", "learningStarts=100", "--set", "hidden=[16]"], 1_000),
    ("sarsa", "faasfarm/MountainCar-v0", ["--set", 'stepSize={"from": 0.5, "to": 0}'], 1_000),
]  # fmt: skip


@pytest.mark.parametrize(("algorithm", "env", "settings", "steps"), RESUMED)
def test_report100_a_resumed_training_learns_or_refuses(tmp_path, algorithm, env, settings, steps):
    """stable-baselines3#1629, sbx#79: a resumed run whose schedule had ended went on at rate 0, and said nothing."""
    first, table = str(tmp_path / "first.safetensors"), tmp_path / "second.csv"
    run = train(algorithm, "--env", env, *settings, "--seed", "1", "--steps", str(steps), "--out", first)
    assert run.returncode == 0, run.stderr
    # More steps stretch the schedules, and weights change.
    second = str(tmp_path / "second.safetensors")
    run = train(algorithm, "--resume", first, "--steps", str(4 * steps), "--out", second, "--csv", str(table))
    assert run.returncode == 0, run.stderr
    assert f"schedules that ran over {steps} steps now run over {4 * steps}" in run.stderr
    assert weights(second) != weights(first)
    rates = [float(row["value"]) for row in csv.DictReader(table.open()) if row["name"] == "charts/learning_rate"]
    assert rates and rates[0] > 0
    # Fewer than are done, as many, or none said: refused with the sentence that helps.
    for wanted in (["--steps", str(steps // 2)], ["--steps", str(steps)], []):
        before = Path(first).read_bytes()
        run = train(algorithm, "--resume", first, *wanted, "--out", str(tmp_path / "third.safetensors"))
        assert run.returncode != 0
        assert "steps a second" not in run.stdout
        assert "--steps counts those, too: give more than" in run.stderr
        assert not (tmp_path / "third.safetensors").exists() and Path(first).read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ppo", "--set", "learningRate=0"], "learningRate is 0, so nothing would be learnt"),
        (["sarsa", "--set", "stepSize=0", "--env", "faasfarm/MountainCar-v0"], "stepSize is 0"),
        (["dqn", "--steps", "300"], "no gradient step would be taken"),
        (["dqn", "--steps", "2000", "--set", "trainingPeriod=5000"], "no gradient step would be taken"),
    ],
)
def test_a_training_that_can_change_nothing_is_refused(tmp_path, arguments, words):
    run = train("--env", "faasfarm/CartPole-v1", *arguments, "--out", str(tmp_path / "model"))
    assert run.returncode != 0 and words in run.stderr
    assert not (tmp_path / "model").exists()


def test_a_schedule_that_is_over_is_refused_until_there_are_more_steps(tmp_path):
    half = ["--set", 'learningRate={"from": 1e-3, "to": 0, "fraction": 0.5}', "--set", "totalSteps=2048"]
    first = str(tmp_path / "first")
    assert train("ppo", *POLE, *half, "--steps", "1024", "--out", first).returncode == 0
    run = train("ppo", "--resume", first, "--out", first)
    assert run.returncode != 0 and "its schedule is over; ask for more steps" in run.stderr
    assert train("ppo", "--resume", first, "--steps", "4096", "--out", first).returncode == 0


def test_an_agent_that_has_diverged_is_no_success(tmp_path):
    model = tmp_path / "model"
    run = train("ppo", *POLE, "--steps", "3000", "--set", "learningRate=100", "--set", "maxGradientNorm=1e30",
                "--set", "valueCoefficient=1e6", "--set", "activation=relu", "--out", str(model))  # fmt: skip
    assert run.returncode != 0 and "the training has diverged" in run.stderr
    assert not model.exists()


@pytest.mark.parametrize("option", ["--out", "--csv", "--tensorboard"])
def test_outputs_are_tried_before_anything_is_learnt(tmp_path, option):
    (tmp_path / "plain").write_text("a file")
    begun = time.monotonic()
    run = train("ppo", *POLE, "--steps", "100000000", option, str(tmp_path / "plain" / "x" / "model"))
    assert run.returncode != 0 and time.monotonic() - begun < 20
    assert str(tmp_path / "plain") in run.stderr


def test_an_agent_that_cannot_be_written_at_the_end_is_beside(tmp_path):
    folder = tmp_path / "gone"
    folder.mkdir()
    command = [BINARY, "train", "ppo", *POLE, "--steps", "100000000", "--save-every", "512"]
    command += ["--out", str(folder / "model"), "--csv", str(tmp_path / "numbers.csv")]
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=environment
    )
    wait_until(lambda: (folder / "model").exists(), 60, "a first file")
    (folder / "model").unlink()
    folder.rmdir()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"{folder}/model cannot be written (there is no folder {folder} any more)" in errors
    (other,) = tmp_path.glob("*-model")
    assert str(other) in errors and other.stat().st_size > 1000


def test_an_interrupt_saves_what_has_been_learnt(tmp_path):
    model, table = tmp_path / "model", tmp_path / "numbers.csv"
    command = [BINARY, "train", "ppo", "--env", "faasfarm/CartPole-v1", "--steps", "100000000", "--out", str(model)]
    with subprocess.Popen([*command, "--csv", str(table)], stdout=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while not (table.exists() and len(table.read_text().splitlines()) > 1):
            assert time.monotonic() < deadline, "no numbers within a minute"
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted after" in output
    assert model.stat().st_size > 1000


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["pppo"], "there are ppo, double-dqn, sarsa"),
        (["ppo", "--preset", "zoo"], "zoo-cartpole"),
        (["ppo", "--preset", "rl-zoo", "--env", "faasfarm/Farm-v0"], "zoo-cartpole, zoo-acrobot"),
        (["ppo", "--set", "epoch=3"], "it has"),
        (["ppo", "--argument", "reward={"], "looks like JSON"),
        (["ppo", "--config", "/nonexistent.yaml"], "no readable settings file"),
        (["ppo", "--resume", "/nonexistent", "--seed", "2"], "leave out"),
        (["ppo", "--endpoint", "tcp://127.0.0.1:9", "--patience", "0.3"], "no answer"),
        (["ppo", "--env", "faasfarm/Nothing-v0"], "there are"),
        (["ppo", "--resume", "/nonexistent"], "nonexistent"),
    ],
)
def test_what_is_wrong_is_said(arguments, words):
    run = train(*arguments)
    assert run.returncode != 0
    assert words in run.stderr


POLE = ("--env", "faasfarm/CartPole-v1")


def evaluate(*arguments):
    command = [BINARY, "evaluate", *arguments, "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_mountain_is_climbed_and_bars_out_of_reach_are_missed():
    bar = yardsticks.SMALL[1]
    assert bar.environment == "MountainCar-v0"
    row = yardsticks.verdict(BINARY, bar, [1], 1)
    assert row.holds, row
    hopeless = dataclasses.replace(bar, steps=4_000, in_training=0, least=-1)
    row = yardsticks.verdict(BINARY, hopeless, [1], 1)
    assert not row.holds and row.values["reached"] == 0 and row.values["worst"] < -80


def test_the_pole_is_learnt_and_its_returns_are_told(tmp_path):
    run = train("dqn", *POLE, "--preset", "cartpole", "--steps", "1100", "--out", str(tmp_path / "dqn.safetensors"))
    assert run.returncode == 0, run.stderr
    bar = yardsticks.SMALL[0]
    # Untrained agents fall within about 10 steps, those that hold one direction too.
    assert yardsticks.trained(BINARY, bar, 1, tmp_path) >= bar.least
    model = str(tmp_path / "ppo-CartPole-v1-1.safetensors")
    result = evaluate(*POLE, "--policies", model, "--episodes", "20", "--seed", "1001")
    assert (result["environment"], result["episodes"], result["seed"]) == ("faasfarm/CartPole-v1", 20, 1001)
    (policy,) = result["policies"]
    assert policy["return"]["low"] <= policy["return"]["mean"] <= policy["return"]["high"]
    assert policy["length"] == policy["return"]  # each step of the pole is worth 1
    with Daemon() as daemon:
        there = evaluate("--endpoint", daemon.endpoint, "--policies", model, "--episodes", "20", "--seed", "1001")
    assert there["policies"] == result["policies"]


def test_a_daemons_environments_teach_the_same_as_those_of_this_process(tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    common = ("ppo", *POLE, "--preset", "zoo-cartpole", "--steps", "2000", "--seed", "4")
    assert train(*common, "--out", str(here)).returncode == 0
    with Daemon() as daemon:
        run = train(*common, "--endpoint", daemon.endpoint, "--out", str(there))
    assert run.returncode == 0, run.stderr
    assert here.read_bytes() == there.read_bytes()


def test_settings_come_from_a_file_and_flags_win(tmp_path):
    file, model = tmp_path / "settings.yaml", tmp_path / "model"
    file.write_text("preset: zoo-cartpole\nepochs: 3\nhidden: [16]\nlearningRate: {from: 1e-3, to: 0}\n")
    shown = train("ppo", "--config", str(file), "--set", "epochs=5", "--steps", "512", "--show-settings")
    assert shown.returncode == 0, shown.stderr
    lines = [line for line in shown.stdout.splitlines() if not line.startswith("#")]
    assert {"epochs: 5", "hidden: [16]", "stepsPerRound: 32", "totalSteps: 512"} <= set(lines)
    # What is shown is a settings file, and every setting says what it means.
    assert shown.stdout.count("# ") == len(lines)
    file.write_text(shown.stdout)
    assert train("ppo", "--config", str(file), "--show-settings").stdout == shown.stdout
    run = train("ppo", *POLE, "--config", str(file), "--out", str(model))
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("trained for 512 steps")


def test_an_agent_that_is_saved_on_the_way_goes_on_as_if_it_had_not_been_stopped(tmp_path):
    whole, part = str(tmp_path / "whole"), str(tmp_path / "part")
    common = ("ppo", *POLE, "--preset", "zoo-cartpole", "--save-every", "512")
    settings = ("--steps", "1024", "--seed", "6")
    assert train(*common, *settings, "--out", whole).returncode == 0
    # The half of the same run: totalSteps, over which schedules run, is that of the whole.
    assert train(*common, "--set", "totalSteps=1024", "--steps", "512", "--seed", "6", "--out", part).returncode == 0
    assert train("ppo", "--resume", part, "--steps", "1024", "--out", part).returncode == 0
    assert (tmp_path / "whole").read_bytes() == (tmp_path / "part").read_bytes()


class Learner:
    """A training on a daemon that would go on for hours, once it has learnt something."""

    def __init__(self, daemon, folder):
        self.model, table = folder / "model.safetensors", folder / "numbers.csv"
        command = [BINARY, "train", "ppo", *POLE, "--preset", "zoo-cartpole", "--steps", "100000000", "--patience", "1"]
        command += ["--endpoint", daemon.endpoint, "--save-every", "256", "--out", str(self.model), "--csv", str(table)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 60
        while not self.model.exists():
            assert self.process.poll() is None, self.process.stderr.read()
            assert time.monotonic() < deadline, "no checkpoint within a minute"
            time.sleep(0.02)

    def end(self):
        """What it says when it ends by itself, within half a minute."""
        try:
            _, errors = self.process.communicate(timeout=30)
        finally:
            if self.process.poll() is None:
                self.process.kill()
        assert self.process.returncode == 1
        assert "the training stopped after" in errors
        assert f"--resume {self.model}" in errors
        return errors


@pytest.mark.parametrize("fault", ["dies", "stalls", "restarts"])
def test_a_learner_whose_daemon_fails_says_so_keeps_what_it_learnt_and_goes_on(tmp_path, fault):
    with contextlib.ExitStack() as stack:
        daemon = stack.enter_context(Daemon())
        learner = Learner(daemon, tmp_path)
        if fault == "stalls":
            stand_still(daemon.process.pid)
            stack.callback(os.kill, daemon.process.pid, signal.SIGCONT)
        else:
            daemon.stop(signal.SIGKILL)
        if fault == "restarts":
            stack.enter_context(Daemon("--port", daemon.endpoint.rsplit(":", 1)[1]))
        errors = learner.end()
        assert ("session is lost" if fault == "restarts" else "no answer") in errors
    with Daemon() as other:
        steps = int(errors.split("the training stopped after ")[1].split()[0])
        run = train("ppo", "--resume", str(learner.model), "--endpoint", other.endpoint, "--steps", str(steps + 256),
                    "--out", str(tmp_path / "again"))  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert int(run.stdout.split()[2]) >= steps + 256


@pytest.mark.parametrize("name", ["paper", "shuffled"])
def test_a_kept_agent_does_the_same_with_numpy_alone_as_here(name):
    model = str(ROOT / "examples" / "policies" / f"{name}.safetensors")
    script = str(ROOT / "examples" / "python" / "trained_policy.py")
    with Daemon() as daemon:
        command = [sys.executable, script, model, "--endpoint", daemon.endpoint, "--episodes", "2", "--seed", "77",
                   "--backend", "simulator"]  # fmt: skip
        alone = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert alone.returncode == 0, alone.stderr
        there = evaluate("--env", "faasfarm/Farm-v0", "--endpoint", daemon.endpoint, "--backend", "simulator",
                         "--policies", model, "--episodes", "2", "--seed", "77")  # fmt: skip
        assert there["provenance"] == "simulated"
    returns = [json.loads(line)["return"] for line in alone.stdout.splitlines()]
    assert len(returns) == 2
    assert sum(returns) / 2 == pytest.approx(there["policies"][0]["return"]["mean"])


@pytest.mark.parametrize(
    ("algorithm", "environment", "settings"),
    [
        ("dqn", "faasfarm/CartPole-v1", ["scalesObservations=true", "hidden=[16]"]),
        (
            "ppo",
            "faasfarm/PositionOnlyCartPole-v1",
            ["normalisesObservations=true", "hidden=[16]", "recurrentUnits=12"],
        ),
    ],
)
def test_observations_are_scaled_and_remembered_with_numpy_alone_too(tmp_path, algorithm, environment, settings):
    model = tmp_path / "scaled.safetensors"
    options = [word for setting in settings for word in ("--set", setting)]
    run = train(algorithm, "--env", environment, "--steps", "2000", "--out", str(model), *options)
    assert run.returncode == 0, run.stderr
    script = str(ROOT / "examples" / "python" / "trained_policy.py")
    with Daemon() as daemon:
        command = [sys.executable, script, str(model), "--endpoint", daemon.endpoint, "--episodes", "5", "--seed", "77"]
        alone = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert alone.returncode == 0, alone.stderr
    there = evaluate("--env", environment, "--policies", str(model), "--episodes", "5", "--seed", "77")
    returns = [json.loads(line)["return"] for line in alone.stdout.splitlines()]
    assert sum(returns) / 5 == pytest.approx(there["policies"][0]["return"]["mean"])
