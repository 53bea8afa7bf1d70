"""Environments that are made again from their specs, and time limits that Gymnasium was told."""

import warnings
from pathlib import Path

import faasfarm
import gymnasium
import numpy as np
import pytest
from gymnasium import wrappers
from gymnasium.envs.registration import EnvSpec
from gymnasium.vector import AutoresetMode
from stub import StubDaemon

FARM = {"scenario": "steady", "backend": "simulator"}

SHORT = """
name: short
arrivals: {phases: [{seconds: 60, rate: 5}]}
service: {constant: 0.1}
deadline: {seconds: 1}
workers: {min: 1, max: 4, initial: 2}
step: 1
steps: 30
"""

OPTIONS = [
    {},
    {"observation": "paper"},
    {"action": "target"},
    {"action": "delta:2"},
    {"reward": "paper"},
    {"history": np.int64(3)},
    {"speed": np.float32(2.0)},
    {"info": "full"},
    {"render_mode": "ansi"},
    {"max_episode_steps": 5},
    {"timeout": 20},
    {"scenario": Path("short.yaml")},
    {"scenario": Path("short.txt")},
]

WRAPPERS = {
    "none": lambda env: env,
    "statistics": wrappers.RecordEpisodeStatistics,
    "stack": lambda env: wrappers.FrameStackObservation(env, 3),
    "clip": lambda env: wrappers.ClipReward(env, -1, 1),
    "limit": lambda env: wrappers.TimeLimit(env, 4),
    "normal": wrappers.NormalizeObservation,
}


def played(env: gymnasium.Env) -> list:
    """What an agent sees of an episode, or its first steps."""
    env.action_space.seed(1)
    seen = [repr(env.observation_space), repr(env.action_space), str(env), repr(env.reset(seed=7)[0])]
    for _ in range(8):
        observation, reward, terminated, truncated, _ = env.step(env.action_space.sample())
        seen.append((repr(observation), float(reward), terminated, truncated))
        if terminated or truncated:
            break
    env.close()
    return seen


def assert_made_again(env: gymnasium.Env) -> None:
    spec = env.spec
    expected = played(env)
    with warnings.catch_warnings():
        # Gymnasium warns of names that begin with another module's.
        warnings.simplefilter("ignore")
        assert played(gymnasium.make(spec)) == expected
        assert played(gymnasium.make(EnvSpec.from_json(spec.to_json()))) == expected


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: "-".join(map(str, options)) or "plain")
def test_gymnasium_1658_every_option_survives_the_spec(simulator, tmp_path, monkeypatch, options: dict) -> None:
    """Farama-Foundation/Gymnasium#1658: the same scenario, seeds and spaces, by the spec and by its JSON."""
    monkeypatch.chdir(tmp_path)
    for name in ("short.yaml", "short.txt"):
        Path(name).write_text(SHORT)
    assert_made_again(gymnasium.make("faasfarm/Farm-v0", endpoint=simulator.endpoint, **FARM | options))


@pytest.mark.parametrize(
    "name", ["CartPole-v1", "MountainCar-v0", "Acrobot-v1", "Pendulum-v1", "PositionOnlyCartPole-v1"]
)
def test_gymnasium_1658_every_id_survives_the_spec(simulator, name: str) -> None:
    assert_made_again(gymnasium.make(f"faasfarm/{name}", endpoint=simulator.endpoint))


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_gymnasium_1658_every_wrapper_survives_the_spec(simulator, wrapper: str) -> None:
    assert_made_again(WRAPPERS[wrapper](gymnasium.make("faasfarm/Farm-v0", endpoint=simulator.endpoint, **FARM)))


@pytest.mark.parametrize("mode", [None, "SameStep", AutoresetMode.DISABLED])
def test_gymnasium_1658_vectors_survive_the_spec(simulator, mode) -> None:
    options = FARM | {"max_episode_steps": np.int64(4)} | ({} if mode is None else {"autoreset_mode": mode})
    envs = gymnasium.make_vec("faasfarm/Farm-v0", num_envs=3, endpoint=simulator.endpoint, **options)
    expected = repr(envs.reset(seed=3)[0])
    for spec in (envs.spec, EnvSpec.from_json(envs.spec.to_json())):
        again = gymnasium.make_vec(spec)
        assert (again.num_envs, again.metadata) == (envs.num_envs, envs.metadata)
        assert repr(again.reset(seed=3)[0]) == expected
        again.close()
    envs.close()


def ends(env: gymnasium.Env) -> tuple[int, str | None, int | None]:
    """The steps of an episode, why it ended, and the steps that the daemon counted."""
    env.reset(seed=1)
    steps, ended, info = 0, False, {}
    while not ended:
        *_, terminated, truncated, info = env.step(1)
        steps, ended = steps + 1, terminated or truncated
    env.close()
    return steps, info.get("reason"), info.get("result", {}).get("steps")


def test_the_daemon_learns_of_gymnasiums_time_limit(simulator) -> None:
    """An episode that is cut off by a wrapper would end without a result, and be recorded as partial."""

    def make(**limits):
        return gymnasium.make("faasfarm/Farm-v0", endpoint=simulator.endpoint, **FARM, **limits)

    env = make(max_episode_steps=5)
    assert env.spec.max_episode_steps == 5
    spec = env.spec
    assert ends(env) == (5, "max_episode_steps", 5)
    assert ends(gymnasium.make(spec)) == (5, "max_episode_steps", 5)
    assert ends(gymnasium.make(spec, max_episode_steps=3)) == (3, "max_episode_steps", 3)
    direct = faasfarm.Env(endpoint=simulator.endpoint, max_episode_steps=np.int64(4), **FARM)
    assert ends(direct) == (4, "max_episode_steps", 4)
    # Gymnasium's word for none; and one that is longer than the scenario shortens nothing.
    assert ends(make(max_episode_steps=-1))[1] == "horizon"
    assert ends(make(max_episode_steps=10**6))[1] == "horizon"


@pytest.mark.parametrize("mode", ["sync", "vector_entry_point"])
def test_the_daemon_learns_of_a_vectors_time_limit(simulator, mode: str) -> None:
    envs = gymnasium.make_vec(
        "faasfarm/Farm-v0",
        num_envs=2,
        endpoint=simulator.endpoint,
        vectorization_mode=mode,
        max_episode_steps=3,
        **FARM,
    )
    envs.reset(seed=1)
    for step in range(3):
        *_, truncations, infos = envs.step(np.ones(2, dtype=np.int64))
        assert truncations.all() == (step == 2)
    assert infos["result"]["steps"].tolist() == [3, 3]
    envs.close()


def test_an_environment_within_another_keeps_its_own_limit(simulator) -> None:
    """What is made inside somebody else's environment may step several times as often."""

    class Outer(gymnasium.Wrapper):
        def __init__(self) -> None:
            super().__init__(faasfarm.Env(endpoint=simulator.endpoint, **FARM))

    gymnasium.register("test/Outer-v0", Outer)
    try:
        env = gymnasium.make("test/Outer-v0", max_episode_steps=3)
        assert env.unwrapped._constructor["max_episode_steps"] is None
        env.close()
    finally:
        del gymnasium.registry["test/Outer-v0"]


@pytest.mark.parametrize("steps", [0, -2, 2.5, True, "5", 2**32])
def test_what_is_no_time_limit_is_refused_before_anything_is_made(steps) -> None:
    with StubDaemon() as stub:
        for make in (faasfarm.Env, faasfarm.VectorEnv):
            with pytest.raises(ValueError, match="max_episode_steps must be an integer of at least 1"):
                make(endpoint=stub.endpoint, max_episode_steps=steps)
        with pytest.raises(ValueError, match="max_episode_steps must be an integer of at least 1"):
            gymnasium.make("faasfarm/Farm-v0", endpoint=stub.endpoint, max_episode_steps=steps)
        assert not stub.frames
