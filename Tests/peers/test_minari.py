"""Recordings as Minari datasets and Parquet files: equal to what the agent saw, and to what the file holds."""

import os
from pathlib import Path

import faasfarm.minari
import faasfarm.minari_recording
import faasfarm.minari_tables
import gymnasium
import numpy as np
import pytest
from daemon import Daemon


@pytest.fixture(scope="module")
def recording(tmp_path_factory) -> tuple[Path, list[dict]]:
    """A recording of single and vector episodes of a farm, and the single ones as their agent saw them."""
    path = tmp_path_factory.mktemp("recording") / "runs.sqlite"
    seen = []
    with Daemon("--record", str(path)) as daemon:
        made = {"endpoint": daemon.endpoint, "scenario": "demo", "backend": "simulator"}
        env = gymnasium.make("faasfarm/Farm-v0", **made)
        env.action_space.seed(1)
        for seed in (3, 2**40, 5):
            observation, _ = env.reset(seed=seed)
            episode = {"seed": seed, "observations": [observation], "actions": [], "rewards": []}
            done = False
            while not done:
                action = env.action_space.sample()
                observation, reward, terminated, truncated, _ = env.step(action)
                episode["observations"].append(observation)
                episode["actions"].append(action)
                episode["rewards"].append(reward)
                done = terminated or truncated
            seen.append(episode | {"terminated": terminated, "truncated": truncated})
        env.close()
        envs = gymnasium.make_vec("faasfarm/Farm-v0", num_envs=4, **made)
        envs.reset(seed=50)
        for _ in range(50):
            envs.step(envs.action_space.sample())
        envs.close()
    return path, seen


def test_report101_a_dataset_is_what_was_recorded(recording, tmp_path, monkeypatch) -> None:
    """Farama-Foundation/Minari#199: values equal to the store and to the agent's."""
    path, seen = recording
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path))
    import minari

    faasfarm.minari.export(path, "faasfarm/demo-v0", author="tests")
    dataset = minari.load_dataset("faasfarm/demo-v0")
    stored = list(faasfarm.minari_recording.episodes(path))
    assert dataset.total_episodes == len(stored) > 8
    assert dataset.total_steps == sum(map(len, stored))
    assert dataset.observation_space == stored[0].observation_space
    assert dataset.action_space == stored[0].action_space
    for written, episode in zip(dataset.iterate_episodes(), stored, strict=True):
        assert len(written.observations) == len(written.actions) + 1 == len(episode) + 1
        np.testing.assert_array_equal(written.observations, np.stack(episode.observations))
        np.testing.assert_array_equal(written.actions, np.stack(episode.actions))
        np.testing.assert_array_equal(written.rewards, episode.rewards)
        np.testing.assert_array_equal(written.terminations, episode.terminations)
        np.testing.assert_array_equal(written.truncations, episode.truncations)
    seeds = [int(metadata["seed"]) for metadata in dataset.storage.get_episode_metadata(dataset.episode_indices)]
    assert seeds == [episode.seed for episode in stored]
    for episode, agent in zip(stored, seen, strict=False):
        assert episode.seed == agent["seed"]
        np.testing.assert_array_equal(np.stack(episode.observations), np.stack(agent["observations"]))
        np.testing.assert_array_equal(episode.rewards, agent["rewards"])
        assert [int(action) for action in episode.actions] == [int(action) for action in agent["actions"]]
        assert (episode.terminations[-1], episode.truncations[-1]) == (agent["terminated"], agent["truncated"])


def test_minari131_a_dataset_makes_its_environment_again(recording, tmp_path, monkeypatch) -> None:
    """Farama-Foundation/Minari#131: the spec has arguments and scenario, so that an episode can be had again."""
    path, seen = recording
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path))
    import minari

    faasfarm.minari.export(path, "faasfarm/again-v0", author="tests")
    dataset = minari.load_dataset("faasfarm/again-v0")
    assert dataset.env_spec.id == "faasfarm/Farm-v0"
    with Daemon() as daemon:
        env = dataset.recover_environment(endpoint=daemon.endpoint)
        assert (env.observation_space, env.action_space) == (dataset.observation_space, dataset.action_space)
        observation, _ = env.reset(seed=seen[0]["seed"])
        np.testing.assert_array_equal(observation, seen[0]["observations"][0])
        for index, action in enumerate(seen[0]["actions"]):
            observation, reward, *_ = env.step(action)
            np.testing.assert_array_equal(observation, seen[0]["observations"][index + 1])
            assert reward == seen[0]["rewards"][index]
        env.close()


def test_a_recording_of_several_kinds_gives_the_newest_and_says_what_it_leaves(tmp_path, monkeypatch) -> None:
    """What the first pages of the docs record: a farm, its replay, another environment, an episode cut off."""
    path = tmp_path / "runs.sqlite"
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "datasets"))
    with Daemon("--record", str(path)) as daemon:

        def play(env_id: str, steps: int | None = None, **made) -> None:
            env = gymnasium.make(env_id, endpoint=daemon.endpoint, **made)
            env.reset(seed=1)
            count, done = 0, False
            while not done and count != steps:
                *_, terminated, truncated, _ = env.step(env.action_space.sample())
                count, done = count + 1, terminated or truncated
            env.close()

        play("faasfarm/CartPole-v1")
        play("faasfarm/Farm-v0", scenario="demo", backend="simulator")
        play("faasfarm/Farm-v0", scenario="demo", backend="simulator", steps=3)
        play("faasfarm/Replay-v0")
    with pytest.warns(UserWarning) as said:
        dataset = faasfarm.minari.export(path, "faasfarm/mixed-v0", author="tests")
    assert dataset.total_episodes == 1 and dataset.total_steps == 20
    texts = [str(warning.message) for warning in said]
    assert any(
        "1 of the episodes of faasfarm/Farm-v0, scenario demo were not recorded to their end" in text for text in texts
    )
    assert any("1 of faasfarm/CartPole-v1" in text for text in texts)
    poles = faasfarm.minari.export(path, "faasfarm/poles-v0", environment_id="faasfarm/CartPole-v1", author="tests")
    assert poles.env_spec.id == "faasfarm/CartPole-v1"
    with pytest.raises(ValueError, match="no episode that was recorded to its end of the scenario steady"):
        faasfarm.minari.export(path, "faasfarm/none-v0", scenario="steady")
    named = faasfarm.minari.export(path, "faasfarm/named-v0", ids=[2, 3], author="tests")
    assert named.total_episodes == 2


def test_report103_frame_0_is_the_resets(recording) -> None:
    """galilai-group/stable-worldmodel#293: nothing is shifted by one, and infos stand with their observations."""
    path, _ = recording
    episode = next(faasfarm.minari_recording.episodes(path))
    assert len(episode.infos) == len(episode.observations)
    assert episode.infos[0]["metrics"]["time"] == 0
    assert [info["metrics"]["step"] for info in episode.infos] == list(range(len(episode) + 1))


def test_parquet_has_a_row_a_frame(recording, tmp_path) -> None:
    import pyarrow.parquet

    path, _ = recording
    stored = list(faasfarm.minari_recording.episodes(path))
    rows = faasfarm.minari_tables.to_parquet(path, tmp_path / "steps.parquet")
    table = pyarrow.parquet.read_table(tmp_path / "steps.parquet").to_pydict()
    assert rows == sum(len(episode) + 1 for episode in stored)
    assert table["reward"][1 : len(stored[0]) + 1] == stored[0].rewards.tolist()
    assert table["observation"][0] == stored[0].observations[0].tolist()
    assert faasfarm.minari_tables.to_parquet(path, tmp_path / "episodes.parquet", "episodes") >= len(stored)


def test_what_is_no_recording_is_refused(tmp_path) -> None:
    with pytest.raises(FileNotFoundError):
        list(faasfarm.minari_recording.episodes(tmp_path / "nothing.sqlite"))
    (tmp_path / "text").write_text("not a database at all, but long enough to be looked at" * 100)
    with pytest.raises(ValueError, match="no recording"):
        list(faasfarm.minari_recording.episodes(tmp_path / "text"))
    assert os.path.getsize(tmp_path / "text") > 0
