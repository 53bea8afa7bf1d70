"""Infos, last observations and actions of vectors, each against what Gymnasium makes of the same."""

import random
from typing import Any

import gymnasium
import numpy as np
import pytest
from faasfarm import batches, values
from faasfarm.errors import FaaSFarmError, InvalidAction
from faasfarm.v1 import faasfarm_pb2 as pb
from gymnasium import spaces
from gymnasium.vector.utils import batch_space
from same import assert_same
from stub_sessions import information_of

KINDS = {
    "count": lambda rng: rng.randrange(100),
    "flag": lambda rng: rng.random() < 0.5,
    "level": lambda rng: rng.random(),
    "mask": lambda rng: np.array([rng.randrange(2) for _ in range(4)], dtype=np.int8),
    "name": lambda rng: f"number {rng.randrange(9)}",
    "wait": lambda rng: np.float32(rng.random()),
}
"""A key has one type in all environments, as Gymnasium expects."""


def some_info(rng: random.Random, depth: int = 0) -> dict[str, Any]:
    info: dict[str, Any] = {key: make(rng) for key, make in KINDS.items() if rng.random() < 0.6}
    for key in ("inner", "other") if depth < 3 else ():
        # An empty dict leaves no trace on the wire.
        if rng.random() < 0.5 and (part := some_info(rng, depth + 1)):
            info[key] = part
    return info


@pytest.mark.parametrize("seed", range(60))
def test_infos_of_any_shape_are_batched_as_gymnasium_does_it(seed) -> None:
    """Every key beside its mask, in dicts too; zeros or None where it is not there."""
    rng = random.Random(seed)
    vector = gymnasium.vector.VectorEnv()
    vector.num_envs = rng.randrange(1, 6)
    infos = [some_info(rng) for _ in range(vector.num_envs)]
    expected: dict[str, Any] = {}
    for index, info in enumerate(infos):
        expected = vector._add_info(expected, info, index)
    wire = pb.Info.FromString(information_of(list(infos)).SerializeToString())
    assert_same(batches.infos(wire, np.ones(vector.num_envs, dtype=bool)), expected)


def test_one_plain_value_is_that_of_all_who_have_it() -> None:
    info = pb.Info()
    for key, value in {"a": 3, "b": 0.5, "c": True, "d": "so"}.items():
        info.entries.add(key=key, value=values.encode(value), mask=[True, False, True])
    infos = batches.infos(info, np.ones(3, dtype=bool))
    assert infos["a"].tolist() == [3, 0, 3] and infos["a"].dtype == np.int64
    assert infos["b"].tolist() == [0.5, 0, 0.5] and infos["b"].dtype == np.float64
    assert infos["c"].tolist() == [True, False, True] and infos["c"].dtype == np.bool_
    assert infos["d"].tolist() == ["so", None, "so"] and infos["d"].dtype == object
    assert infos["_a"].tolist() == infos["_d"].tolist() == [True, False, True]


def test_masks_are_no_ones_but_their_keys() -> None:
    info = pb.Info()
    for key in ("a", "b"):
        info.entries.add(key=key, value=values.encode({"c": np.zeros(2)}))
    everyone = np.ones(2, dtype=bool)
    infos = batches.infos(info, everyone)
    masks = [everyone, infos["_a"], infos["_b"], infos["a"]["_c"], infos["b"]["_c"]]
    assert not any(np.shares_memory(one, other) for one in masks for other in masks if one is not other)


def test_masks_of_another_length_are_refused() -> None:
    info = pb.Info()
    info.entries.add(key="a", value=values.encode(np.zeros(2)), mask=[True, False, True])
    with pytest.raises(FaaSFarmError, match="3 mask elements for 2 environments"):
        batches.infos(info, np.ones(2, dtype=bool))
    with pytest.raises(FaaSFarmError, match="0 rewards for 2 environments"):
        batches.column(pb.Step.Reply().rewards, np.float64, 2, "rewards")


def test_no_last_observation_without_an_end() -> None:
    space = spaces.Box(0, 1, (2, 3), np.float32)
    reply = pb.Step.Reply(final_obs=values.encode(np.zeros((2, 3), dtype=np.float32)))
    assert batches.finals(reply, space, 2) == {}
    reply.final_mask.extend([False, False])
    assert batches.finals(reply, space, 2) == {}
    reply.final_mask[1] = True
    finals = batches.finals(reply, space, 2)
    assert finals["final_obs"][0] is None and finals["final_obs"][1].flags.owndata
    assert finals["final_info"] == {} and finals["_final_info"].tolist() == [False, True]


@pytest.mark.parametrize(
    "single",
    [
        spaces.Discrete(4, start=3),
        spaces.MultiDiscrete([2, 3]),
        spaces.MultiBinary(5),
        spaces.Box(-1, 1, (2,), np.float32),
        spaces.Dict({"a": spaces.Discrete(2), "b": spaces.Box(0, 1, (3,), np.float64)}),
        spaces.Tuple([spaces.Discrete(2), spaces.Discrete(3)]),
    ],
)
def test_samples_of_every_space_arrive_as_they_were(single) -> None:
    batched = batch_space(single, 6)
    batched.seed(1)
    for _ in range(20):
        actions = batched.sample()
        wire = pb.Value.FromString(batches.actions(actions, single, batched).SerializeToString())
        assert_same(values.decode(wire), actions)


@pytest.mark.parametrize(
    ("single", "actions", "reason"),
    [
        (spaces.Box(-1, 1, (2,), np.float32), np.zeros((3, 2), dtype=np.float32), "ACTION_SHAPE"),
        (spaces.Box(-1, 1, (2,), np.float32), np.full((2, 2), None), "ACTION_DTYPE"),
        (spaces.Dict({"a": spaces.Discrete(2)}), {"a": object()}, "ACTION_DTYPE"),
    ],
)
def test_what_no_array_holds_is_no_action(single, actions, reason) -> None:
    with pytest.raises(InvalidAction) as refused:
        batches.actions(actions, single, batch_space(single, 2))
    assert refused.value.reason == reason


def test_the_environment_at_fault_is_named() -> None:
    single = spaces.Discrete(3)
    with pytest.raises(InvalidAction, match="expected 0 to 2, got 7 for sub-environment 2"):
        batches.actions(np.array([0, 2, 7, 9]), single, batch_space(single, 4))
