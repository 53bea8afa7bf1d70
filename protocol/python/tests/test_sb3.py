"""The adapter for Stable-Baselines3, as far as it can be tried without it; Tests/peers has the rest."""

import importlib.util

import faasfarm
import gymnasium
import numpy as np
import pytest
from counting import Counting
from faasfarm.batches import infos_of
from faasfarm.sb3 import as_vec_env, in_same_step
from gymnasium.vector import AutoresetMode, SyncVectorEnv


@pytest.mark.skipif(importlib.util.find_spec("stable_baselines3") is not None, reason="Stable-Baselines3 is there")
def test_what_is_missing_is_said() -> None:
    with pytest.raises(ImportError, match="pip install stable-baselines3"):
        as_vec_env(SyncVectorEnv([Counting], autoreset_mode=AutoresetMode.SAME_STEP))


def test_a_single_environment_needs_no_adapter() -> None:
    with pytest.raises(TypeError, match="needs no adapter"):
        as_vec_env(Counting())


def test_vectors_of_other_modes_are_made_again_when_they_are_ours() -> None:
    with faasfarm.host(Counting, "tcp://127.0.0.1:0", "C-v0", max_sessions=2) as server:
        for mode in AutoresetMode:
            ours = faasfarm.VectorEnv("C-v0", 2, endpoint=server.endpoint, autoreset_mode=mode, length=3)
            made = in_same_step(ours)
            assert (made is ours) == (mode is AutoresetMode.SAME_STEP)
            assert made.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP
            assert made.reset(seed=1)[1]["length"].tolist() == [3, 3]
            made.close()
    with pytest.raises(ValueError, match="SAME_STEP"):
        in_same_step(SyncVectorEnv([Counting]))


def test_infos_come_apart_as_they_were_put_together() -> None:
    singles = [{"a": 1, "d": {"x": 0.5, "y": "so"}}, {}, {"a": 3, "m": np.array([1, 0]), "d": {"x": 2.0}}]
    batcher = gymnasium.vector.VectorEnv()
    batcher.num_envs = 3
    batched: dict = {}
    for index, info in enumerate(singles):
        batched = batcher._add_info(batched, info, index)
    apart = infos_of(batched, 3)
    assert apart[2].pop("m").tolist() == [1, 0]
    singles[2].pop("m")
    assert apart == singles
    assert type(apart[0]["a"]) is int and type(apart[0]["d"]["x"]) is float
