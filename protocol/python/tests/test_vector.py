"""Vectors in one session, step by step against Gymnasium's own vector of the same environments."""

import copy
import json
import multiprocessing
import pickle
import warnings

import faasfarm
import gymnasium
import numpy as np
import pytest
from counting import Counting
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from same import assert_same
from stub import StubDaemon

MODES = list(AutoresetMode)


@pytest.fixture
def stub():
    with StubDaemon() as stub:
        yield stub


def make(stub: StubDaemon, num_envs: int = 4, **arguments) -> faasfarm.VectorEnv:
    return gymnasium.make_vec("faasfarm/Farm-v0", num_envs=num_envs, endpoint=stub.endpoint, **arguments)


def sync(num_envs: int, mode: AutoresetMode, **arguments) -> SyncVectorEnv:
    return SyncVectorEnv([lambda: Counting(**arguments)] * num_envs, autoreset_mode=mode)


@pytest.mark.parametrize("observation", ["box", "dict"])
@pytest.mark.parametrize("num_envs", [1, 2, 7])
@pytest.mark.parametrize("mode", MODES)
def test_every_step_equals_gymnasiums(stub, mode, num_envs, observation) -> None:
    """Observations, rewards, ends, infos and last observations, in all autoreset modes."""
    ours = make(stub, num_envs, autoreset_mode=mode, observation=observation)
    theirs = sync(num_envs, mode, observation=observation)
    assert ours.observation_space == theirs.observation_space and ours.action_space == theirs.action_space
    assert ours.single_observation_space == theirs.single_observation_space
    ends = 0
    for seed in (5, [9 + 3 * index for index in range(num_envs)]):
        assert_same(ours.reset(seed=seed), theirs.reset(seed=seed))
        theirs.action_space.seed(1)
        for _ in range(40):
            actions = theirs.action_space.sample()
            result = ours.step(actions)
            assert_same(result, theirs.step(actions))
            ended = result[2] | result[3]
            ends += ended.sum()
            if mode == AutoresetMode.DISABLED and ended.any():
                masks = [{"reset_mask": ended.copy(), "why": 1} for _ in range(2)]
                assert_same(ours.reset(options=masks[0]), theirs.reset(options=masks[1]))
    assert ends > 10
    ours.close()


@pytest.mark.parametrize("mode", MODES)
def test_report88_last_observation_and_info_have_gymnasiums_names_and_places(stub, mode) -> None:
    """Farama-Foundation/Gymnasium#1103, vwxyzjn/cleanrl#534: 4 environments under each autoreset mode."""
    envs = make(stub, 4, autoreset_mode=mode, length=2)
    assert envs.metadata["autoreset_mode"] is mode
    envs.reset(seed=1)
    envs.step(np.full(4, 1))
    observations, rewards, terminations, _, infos = envs.step(np.full(4, 2))
    assert terminations.all() and rewards.tolist() == [2] * 4
    if mode == AutoresetMode.SAME_STEP:
        assert observations[:, 0].tolist() == [0] * 4
        assert infos["final_obs"].dtype == object and infos["final_obs"][3].tolist() == [2, 2, 2]
        assert infos["_final_obs"].tolist() == infos["_final_info"].tolist() == [True] * 4
        assert infos["final_info"]["result"]["total"].tolist() == [2] * 4
    else:
        assert observations[:, 0].tolist() == [2] * 4
        assert not {"final_obs", "final_info", "final_observation"} & infos.keys()
        assert infos["result"]["total"].tolist() == [2] * 4
    if mode == AutoresetMode.NEXT_STEP:
        observations, rewards, terminations, truncations, _ = envs.step(np.full(4, 2))
        assert not rewards.any() and not terminations.any() and not truncations.any()
        assert observations[:, 0].tolist() == [0] * 4
    if mode == AutoresetMode.DISABLED:
        with pytest.raises(gymnasium.error.ResetNeeded):
            envs.step(np.full(4, 2))
    envs.close()


@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP])
def test_report89_every_episode_has_its_length_and_return(stub, mode) -> None:
    """Farama-Foundation/Gymnasium#1624: 3-step episodes, 5 of them: not off by one after the first."""
    envs = gymnasium.wrappers.vector.RecordEpisodeStatistics(make(stub, 4, autoreset_mode=mode, length=3))
    envs.reset(seed=1)
    ours = []
    returns, lengths, ended = np.zeros(4), np.zeros(4, dtype=int), np.zeros(4, dtype=bool)
    while envs.episode_count < 20:
        _, rewards, terminations, truncations, _ = envs.step(np.zeros(4, dtype=np.int64))
        # Under NEXT_STEP the step after an end only resets.
        counts = ~ended if mode == AutoresetMode.NEXT_STEP else np.ones(4, dtype=bool)
        returns, lengths, ended = returns + rewards, lengths + counts, terminations | truncations
        ours += [(float(returns[index]), int(lengths[index])) for index in np.flatnonzero(ended)]
        returns, lengths = np.where(ended, 0, returns), np.where(ended, 0, lengths)
    assert ours == [(1 + 2 + 3, 3)] * 20
    assert list(envs.length_queue) == [3] * 20
    assert list(envs.return_queue) == [1 + 2 + 3] * 20
    envs.close()


def test_masked_resets_count_rightly_in_wrappers(stub) -> None:
    """Wrappers read reset_mask from the options after the reset, so it is left there."""
    envs = gymnasium.wrappers.vector.RecordEpisodeStatistics(
        make(stub, 2, autoreset_mode=AutoresetMode.DISABLED, length=3)
    )
    envs.reset(seed=1)
    envs.step(np.zeros(2, dtype=np.int64))
    envs.reset(options={"reset_mask": np.array([True, False])})
    envs.step(np.zeros(2, dtype=np.int64))
    _, _, _, truncations, infos = envs.step(np.zeros(2, dtype=np.int64))
    assert truncations.tolist() == [False, True] and infos["_episode"].tolist() == [False, True]
    envs.reset(options={"reset_mask": truncations})
    envs.step(np.zeros(2, dtype=np.int64))
    assert list(envs.length_queue) == [3, 3] and list(envs.return_queue) == [6, 6]
    envs.close()


@pytest.mark.parametrize("mode", [None, "vector_entry_point"])
def test_make_vec_makes_one_session_without_a_warning(stub, mode) -> None:
    """A vector's step is one message."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        envs = make(stub, 8, vectorization_mode=mode, autoreset_mode="SameStep", observation="dict")
    assert isinstance(envs, faasfarm.VectorEnv) and envs.num_envs == 8
    assert envs.spec.nondeterministic is False
    assert json.loads(make(stub).spec.to_json())["kwargs"]["num_envs"] == 4
    envs.reset(seed=1)
    before = len(stub.frames)
    for _ in range(10):
        envs.step(np.zeros(8, dtype=np.int64))
    assert len(stub.frames) == before + 10
    envs.close()


def test_make_vec_in_sync_mode_makes_sessions_of_their_own(stub) -> None:
    envs = make(stub, 2, vectorization_mode="sync")
    assert isinstance(envs, SyncVectorEnv) and len(stub.sessions) >= 2
    envs.reset(seed=1)
    assert envs.step(np.array([2, 3]))[0].tolist() == [[1, 2], [1, 3]]
    envs.close()


def test_what_comes_back_is_the_callers_own(stub) -> None:
    envs = make(stub, autoreset_mode=AutoresetMode.SAME_STEP)
    observations, _ = envs.reset(seed=3)
    kept = observations.copy()
    results = [envs.step(np.zeros(4, dtype=np.int64)) for _ in range(6)]
    arrays = [observations, *(array for result in results for array in result[:4])]
    arrays += [array for result in results for array in result[4].values() if isinstance(array, np.ndarray)]
    for array in arrays:
        assert array.flags.writeable and not any(
            np.shares_memory(array, other) for other in arrays if other is not array
        )
    np.testing.assert_array_equal(observations, kept)
    assert results[0][1].dtype == np.float64 and results[0][2].dtype == results[0][3].dtype == np.bool_
    envs.close()


@pytest.mark.parametrize(
    "actions",
    [[0, 1, 2, -2], np.zeros(4, dtype=np.uint8), np.array([0, 1, 2, -2], dtype=np.int32), (np.int64(1),) * 4],
)
def test_report94_integers_of_all_kinds_are_actions(stub, actions) -> None:
    """Farama-Foundation/MO-Gymnasium#54."""
    envs = make(stub)
    envs.reset(seed=1)
    assert envs.step(actions)[0][:, 1].tolist() == [int(action) for action in actions]
    envs.close()


@pytest.mark.parametrize(
    ("actions", "reason"),
    [
        ([0, 0, 0], "ACTION_SHAPE"),
        (1, "ACTION_SHAPE"),
        (np.zeros((4, 1), dtype=np.int64), "ACTION_SHAPE"),
        ([[0], [0, 1], [0], [0]], "ACTION_SHAPE"),
        (None, "ACTION_SHAPE"),
        (np.zeros(4), "ACTION_DTYPE"),
        (np.zeros(4, dtype=bool), "ACTION_DTYPE"),
        (["0"] * 4, "ACTION_DTYPE"),
        ([0, 0, 2**80, 0], "ACTION_OUT_OF_SPACE"),
        ([0, 3, 0, 0], "ACTION_OUT_OF_SPACE"),
        ([0, 0, 0, -3], "ACTION_OUT_OF_SPACE"),
        (np.array([0, 0, 2**63 + 5, 0], dtype=np.uint64), "ACTION_OUT_OF_SPACE"),
    ],
)
def test_what_is_no_action_is_refused_here_and_steps_nothing(stub, actions, reason) -> None:
    envs = make(stub)
    envs.reset(seed=1)
    with pytest.raises(gymnasium.error.InvalidAction) as refused:
        envs.step(actions)
    assert refused.value.reason == reason
    assert "step" not in stub.kinds()
    assert envs.step(np.zeros(4, dtype=np.int64))[0][:, 0].tolist() == [1] * 4
    envs.close()


def test_seeds_arrive_one_each(stub) -> None:
    envs = make(stub, 3)
    assert envs.episode_seeds == (None, None, None)
    envs.reset(seed=[4, None, np.int64(6)])
    first, drawn, last = envs.episode_seeds
    assert first == 4 and last == 6 and drawn is not None
    envs.reset(seed=np.array([7, 8, 9]), options={"reset_mask": np.array([True, False, False])})
    assert envs.episode_seeds == (7, drawn, 6)
    envs.reset(seed=2**70)
    assert envs.episode_seeds == (2**70, 2**70 + 1, 2**70 + 2)
    envs.close()


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"seed": -1}, gymnasium.error.Error),
        ({"seed": True}, gymnasium.error.Error),
        ({"seed": 1.0}, gymnasium.error.Error),
        ({"seed": "1"}, gymnasium.error.Error),
        ({"seed": [1, 2, 3]}, ValueError),
        ({"seed": [1, 2, 3, -4]}, gymnasium.error.Error),
        ({"options": {"reset_mask": [True] * 4}}, TypeError),
        ({"options": {"reset_mask": np.ones(4)}}, TypeError),
        ({"options": {"reset_mask": np.ones(3, dtype=bool)}}, ValueError),
        ({"options": {"reset_mask": np.zeros(4, dtype=bool)}}, ValueError),
    ],
)
def test_wrong_seeds_and_masks_are_refused(stub, arguments, error) -> None:
    envs = make(stub)
    with pytest.raises(error):
        envs.reset(**arguments)
    assert "reset" not in stub.kinds()
    envs.close()


def test_a_mask_resets_some_and_leaves_the_others_alone(stub) -> None:
    envs = make(stub, autoreset_mode=AutoresetMode.DISABLED, length=5)
    envs.reset(seed=1)
    envs.step(np.array([0, 1, 2, -1]))
    options = {"reset_mask": np.array([True, False, True, False])}
    observations, infos = envs.reset(options=options)
    assert observations[:, 0].tolist() == [0, 1, 0, 1] and observations[:, 1].tolist() == [0, 1, 0, -1]
    assert infos["_length"].tolist() == options["reset_mask"].tolist() and infos["length"].tolist() == [5, 0, 5, 0]
    envs.close()


def test_a_lost_reply_steps_nobody_twice(stub) -> None:
    envs = make(stub, timeout=1.0, length=9)
    envs.reset(seed=1)
    lost = []
    stub.lose = lambda request: request.WhichOneof("kind") == "step" and len(lost) < 1 and not lost.append(1)
    assert envs.step(np.zeros(4, dtype=np.int64))[1].tolist() == [1] * 4
    assert stub.executed["step"] == 1 and stub.kinds().count("step") == 2
    envs.close()


def test_copies_open_sessions_of_their_own(stub) -> None:
    envs = make(stub, autoreset_mode=AutoresetMode.SAME_STEP, length=9)
    envs.reset(seed=1)
    envs.step(np.zeros(4, dtype=np.int64))
    for other in (pickle.loads(pickle.dumps(envs)), copy.deepcopy(envs)):
        assert other.session.id != envs.session.id
        assert other.metadata == envs.metadata and other.spec == envs.spec
        other.reset(seed=1)
        assert other.step(np.zeros(4, dtype=np.int64))[1].tolist() == [1] * 4
        other.close()
    assert envs.step(np.zeros(4, dtype=np.int64))[1].tolist() == [2] * 4
    envs.close()


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_report68_a_fork_does_not_touch_its_parents_session(stub) -> None:
    """zeromq/libzmq#1193: an inherited vector opens a session of its own; its end leaves the parent's alone."""
    envs = make(stub, length=9)
    envs.reset(seed=1)
    envs.step(np.zeros(4, dtype=np.int64))

    def child(pipe) -> None:
        envs.reset(seed=1)
        pipe.send(envs.step(np.zeros(4, dtype=np.int64))[1].tolist())
        envs.close()

    fork = multiprocessing.get_context("fork")
    ours, theirs = fork.Pipe()
    process = fork.Process(target=child, args=(theirs,))
    process.start()
    assert ours.poll(20) and ours.recv() == [1] * 4
    process.join(10)
    assert process.exitcode == 0
    assert envs.step(np.zeros(4, dtype=np.int64))[1].tolist() == [2] * 4
    assert len(stub.sessions) == 2
    envs.close()


def test_close_ends_the_session_and_a_second_one_does_nothing(stub) -> None:
    envs = make(stub)
    envs.close()
    envs.close()
    assert envs.closed and stub.executed["close"] == 1
    with pytest.raises(faasfarm.SessionLost, match="closed"):
        envs.reset()


def test_ansi_rendering(stub) -> None:
    envs = make(stub, 2, render_mode="ansi")
    envs.reset(seed=1)
    assert envs.render() == ("step 0\n", "step 0\n")
    envs.close()
    assert make(stub, 2).render() is None


def test_an_action_mask_beside_the_info_is_put_into_it(stub) -> None:
    """The protocol has a field of its own for it."""
    stub.mask = np.array([[1, 0, 1, 1, 1]] * 2, dtype=np.int8)
    envs = make(stub, 2)
    envs.reset(seed=1)
    infos = envs.step(np.zeros(2, dtype=np.int64))[4]
    assert_same(infos["action_mask"], stub.mask)
    assert infos["_action_mask"].tolist() == [True, True]
    envs.close()


def test_the_time_limit_is_the_daemons(stub) -> None:
    envs = make(stub, 2, max_episode_steps=7)
    assert envs._make.max_episode_steps == 7 and envs._make.num_envs == 2
    envs.close()


@pytest.mark.parametrize("num_envs", [0, -1, True, 2.0])
def test_wrong_numbers_of_environments_are_refused(stub, num_envs) -> None:
    with pytest.raises(ValueError, match="num_envs"):
        faasfarm.VectorEnv(num_envs=num_envs, endpoint=stub.endpoint)
    with pytest.raises(ValueError):
        faasfarm.VectorEnv(autoreset_mode="Sometimes", endpoint=stub.endpoint)


def test_a_daemon_that_made_no_vector_is_refused(stub) -> None:
    stub.vectors = False
    with pytest.raises(faasfarm.FaaSFarmError, match="asked for 4"):
        make(stub)
    assert stub.executed["close"] == 1
