"""Training on the command line: a model comes out, runs as a policy, and goes on where it stopped."""

import csv
import json
import signal
import subprocess
import time

import pytest
from daemon import BINARY


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
    assert process.returncode == 0
    assert "interrupted after" in output
    assert model.stat().st_size > 1000


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["pppo"], "there are ppo, double-dqn, sarsa"),
        (["ppo", "--preset", "zoo"], "zoo-cartpole"),
        (["ppo", "--set", "epoch=3"], "it has"),
        (["ppo", "--env", "faasfarm/Nothing-v0"], "there are"),
        (["ppo", "--resume", "/nonexistent"], "nonexistent"),
    ],
)
def test_what_is_wrong_is_said(arguments, words):
    run = train(*arguments)
    assert run.returncode != 0
    assert words in run.stderr
