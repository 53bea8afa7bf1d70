"""The simulator through the daemon: Gymnasium's checks, equality over the wire, the command line."""

import json
import subprocess
import warnings

import faasfarm
import gymnasium
import numpy as np
import pytest
from daemon import BINARY, Daemon
from gymnasium.utils.env_checker import check_env

PRESETS = [
    "demo",
    "paper",
    "paper-as-run",
    "steady",
    "oscillating",
    "burst",
    "shuffled",
    "azure-day",
    "azure-bursty",
    "llm-code",
    "bench-farm",
]


@pytest.fixture(scope="module")
def daemon():
    with Daemon() as running:
        yield running


def make(daemon, scenario, **arguments):
    return gymnasium.make(
        "faasfarm/Farm-v0", endpoint=daemon.endpoint, scenario=scenario, backend="simulator", **arguments
    )


@pytest.mark.parametrize("scenario", PRESETS)
@pytest.mark.parametrize("observation", ["full", "paper", ["queue_length", "time_of_day", "ready"]])
def test_check_env_on_every_preset_and_observation(daemon, scenario, observation):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        environment = make(daemon, scenario, observation=observation)
        check_env(environment.unwrapped, skip_render_check=True)
        environment.close()


@pytest.mark.parametrize("action", ["paper", "delta:1", "delta:3", "target"])
@pytest.mark.parametrize("reward", ["default", "paper", {"miss": 1.0, "cost": 0.1, "queue": 0.01}])
def test_check_env_on_every_action_and_reward(daemon, action, reward):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        environment = make(daemon, "shuffled", action=action, reward=reward, history=3)
        check_env(environment.unwrapped, skip_render_check=True)
        environment.close()


@pytest.mark.parametrize("report", ["openai/gym#1844, #1744", "DLR-RM/stable-baselines3#364"])
def test_observations_stay_in_their_space_under_overload_and_without_load(daemon, report):
    """Both reports: bounds that rounding oversteps, and not-a-number where nothing happened."""
    overload = """
name: overload
arrivals: {phases: [{seconds: 40, rate: 2000}, {seconds: 40, rate: 0}]}
service: {constant: 30}
deadline: {seconds: 0.5}
workers: {min: 0, max: 3, initial: 0}
start_up: 100
step: 2
steps: 100
"""
    environment = make(daemon, overload, action="target")
    environment.reset(seed=1)
    for _ in range(100):
        observation, reward, terminated, truncated, _ = environment.step(environment.action_space.sample())
        assert environment.observation_space.contains(observation), observation
        assert np.isfinite(reward)
        if terminated or truncated:
            break
    assert truncated
    environment.close()


def play(environment, seed, actions):
    observation, info = environment.reset(seed=seed)
    rows = [(observation.tobytes(), json.dumps(info, default=str, sort_keys=True))]
    for action in actions:
        observation, reward, terminated, truncated, info = environment.step(action)
        rows.append(
            (observation.tobytes(), reward, terminated, truncated, json.dumps(info, default=str, sort_keys=True))
        )
        if terminated or truncated:
            break
    return rows


@pytest.mark.parametrize("scenario", ["paper-as-run", "shuffled", "demo"])
def test_one_seed_is_one_episode_alone_and_in_vectors_of_any_size(daemon, scenario):
    actions = [int(number) for number in np.random.default_rng(4).integers(0, 5, 50)]
    single = make(daemon, scenario)
    rows = play(single, 100, actions)
    assert play(single, 100, actions) == rows
    single.close()
    for size in (1, 3, 64):
        vector = faasfarm.VectorEnv(
            "faasfarm/Farm-v0",
            num_envs=size,
            endpoint=daemon.endpoint,
            scenario=scenario,
            backend="simulator",
            info="full",
        )
        observations, infos = vector.reset(seed=100 - (size - 1))
        assert observations[-1].tobytes() == rows[0][0]
        for action, row in zip(actions, rows[1:], strict=False):
            observations, rewards, terminations, truncations, infos = vector.step(np.full(size, action))
            assert (observations[-1].tobytes(), rewards[-1], terminations[-1], truncations[-1]) == row[:4]
            assert infos["metrics"]["queue_length"][-1] == json.loads(row[4])["metrics"]["queue_length"]
            if terminations[-1] or truncations[-1]:
                break
        vector.close()


def test_unseeded_resets_after_a_seeded_one_repeat(daemon):
    """Farama-Foundation/Gymnasium#1084."""

    def episodes():
        environment = make(daemon, "shuffled")
        first = [environment.reset(seed=3)[0]]
        for _ in range(2):
            environment.reset()
            first.append(environment.step(2)[0])
        environment.close()
        return np.concatenate(first)

    assert (episodes() == episodes()).all()


def evaluate(*arguments):
    return subprocess.run([BINARY, "evaluate", *arguments], capture_output=True, text=True, timeout=120, check=False)


def test_evaluate_prints_json_and_writes_a_page(tmp_path):
    page = tmp_path / "page.html"
    run = evaluate(
        "--scenario", "demo", "--episodes", "4", "--policies", "static:6,queue-length:target=2,stabilisation=0",
        "--format", "json", "--report", str(page), "--hindsight", "20",
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    result = json.loads(run.stdout)
    assert (result["scenario"], result["episodes"], result["seed"]) == ("demo@1", 4, 1_000_001)
    assert [policy["policy"] for policy in result["policies"]] == ["static:6", "queue-length:target=2,stabilisation=0"]
    names = (
        "qos paper_qos mean_workers paper_mean_workers max_workers worker_seconds scaling_actions response_time reward"
    )
    for policy in result["policies"]:
        for name in names.split():
            assert set(policy[name]) == {"mean", "low", "high", "sd"}, name
            assert policy[name]["low"] <= policy[name]["mean"] <= policy[name]["high"]
    assert "<svg" in page.read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--scenario", "papr"], "did you mean"),
        (["--scenario", "nowhere.yaml"], "no readable scenario file"),
        (["--policies", "statik:3"], "static"),
        (["--episodes", "0"], "--episodes"),
        (["--baseline", "static:99"], "baseline"),
        (["--action", "delta:x"], "delta"),
    ],
)
def test_evaluate_says_what_is_wrong(arguments, words):
    run = evaluate("--scenario", "demo", "--episodes", "1", *arguments)
    assert run.returncode != 0
    assert words in run.stderr
    assert run.stdout == ""
