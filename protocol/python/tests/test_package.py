"""The package as it is installed: what it registers, what its wheel holds."""

import importlib.metadata
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import cloudpickle
import faasfarm
import gymnasium
import pytest
from faasfarm.registration import IDS

PACKAGE = Path(__file__).resolve().parents[1]
CLASSIC = ["CartPole-v1", "MountainCar-v0", "Acrobot-v1", "Pendulum-v1"]


def test_ids_are_registered_once() -> None:
    for env_id, known in IDS.items():
        spec = gymnasium.spec(env_id)
        assert spec.max_episode_steps is None, "the daemon applies the time limit"
        assert spec.reward_threshold == known.reward_threshold
    before = dict(gymnasium.registry)
    faasfarm.registration.register()
    assert gymnasium.registry == before


@pytest.mark.parametrize("name", CLASSIC)
def test_classic_control_is_known_as_gymnasium_knows_it(name: str) -> None:
    ours, theirs = gymnasium.spec(f"faasfarm/{name}"), gymnasium.spec(name)
    assert (ours.reward_threshold, ours.nondeterministic) == (theirs.reward_threshold, theirs.nondeterministic)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", CLASSIC)
def test_every_id_makes_environments_and_vectors(simulator, name: str) -> None:
    env = gymnasium.make(f"faasfarm/{name}", endpoint=simulator.endpoint)
    theirs = gymnasium.make(name)
    assert (env.observation_space, env.action_space) == (theirs.observation_space, theirs.action_space)
    assert env.spec.nondeterministic is False
    env.reset(seed=1)
    env.step(env.action_space.sample())
    env.close()
    envs = gymnasium.make_vec(f"faasfarm/{name}", num_envs=3, endpoint=simulator.endpoint)
    assert isinstance(envs.unwrapped, faasfarm.VectorEnv) and envs.num_envs == 3
    envs.reset(seed=1)
    envs.step(envs.action_space.sample())
    envs.close()


@pytest.mark.parametrize("dumps", [pickle.dumps, cloudpickle.dumps])
def test_report91_environments_pickle_as_their_arguments_before_and_after_use(simulator, dumps) -> None:
    """openai/gym#2883, ray-project/ray#26489."""
    env = gymnasium.make("faasfarm/CartPole-v1", endpoint=simulator.endpoint)
    for _ in range(2):
        copy = pickle.loads(dumps(env))
        assert copy.unwrapped.session.id != env.unwrapped.session.id
        assert copy.reset(seed=4)[0].tolist() == env.reset(seed=4)[0].tolist()
        assert copy.step(1)[0].tolist() == env.step(1)[0].tolist()
        copy.close()
    env.close()


def test_the_wheel_is_pure_and_complete(tmp_path) -> None:
    """Built without a network: with the setuptools that is installed."""
    setuptools = tuple(map(int, importlib.metadata.version("setuptools").split(".")[:2]))
    if setuptools < (70, 1):
        pytest.skip(f"setuptools {setuptools} is too old to build a wheel by itself: 70.1 and later do")
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-q"]
    # From a copy, since setuptools leaves its own files beside what it builds.
    source = tmp_path / "package"
    subprocess.run(["cp", "-r", str(PACKAGE), str(source)], check=True)
    for left in ("build", "src/faasfarm.egg-info"):
        subprocess.run(["rm", "-rf", str(source / left)], check=True)
    subprocess.run([*command, "-w", str(tmp_path), str(source)], check=True, timeout=120, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.name == f"faasfarm-{faasfarm.__version__}-py3-none-any.whl"
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    sources = {
        path.relative_to(PACKAGE / "src").as_posix()
        for path in (PACKAGE / "src" / "faasfarm").rglob("*")
        if path.suffix in (".py", ".typed")
    }
    assert held == sources and {"faasfarm/py.typed", "faasfarm/hosting/__main__.py"} <= held


def test_the_version_is_the_packages() -> None:
    assert importlib.metadata.version("faasfarm") == faasfarm.__version__
