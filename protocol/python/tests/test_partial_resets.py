"""Resets of some sub-environments, in episodes that end at different times. Farama-Foundation/Gymnasium PR 1696."""

import faasfarm
import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from gymnasium.wrappers import FrameStackObservation
from gymnasium.wrappers.vector import RecordEpisodeStatistics

COUNT, STEPS = 5, 150


def vector(endpoint: str) -> faasfarm.VectorEnv:
    return faasfarm.VectorEnv("faasfarm/CartPole-v1", COUNT, endpoint=endpoint, autoreset_mode=AutoresetMode.DISABLED)


def test_gymnasium_1696_the_callers_options_stay_as_they_were(simulator) -> None:
    """The same dict twice: the second reset is of the same sub-environments, and of no others."""
    envs = vector(simulator.endpoint)
    mask = np.array([True, False, True, False, False])
    options = {"reset_mask": mask}
    before = envs.reset(seed=1)[0]
    for _ in range(2):
        after = envs.reset(options=options)[0]
        assert list(options) == ["reset_mask"] and options["reset_mask"] is mask
        assert mask.tolist() == [True, False, True, False, False]
        changed = (after != before).any(axis=1)
        assert changed.tolist() == mask.tolist()
        before = after
    envs.close()


def test_gymnasium_1696_statistics_of_staggered_episodes_are_each_ones_own(simulator) -> None:
    envs = RecordEpisodeStatistics(vector(simulator.endpoint))
    envs.reset(seed=3)
    generator, lengths, ended = np.random.default_rng(4), np.zeros(COUNT, int), 0
    for _ in range(STEPS):
        _, _, terminations, truncations, infos = envs.step(generator.integers(2, size=COUNT))
        lengths += 1
        over = terminations | truncations
        if over.any():
            np.testing.assert_array_equal(infos["episode"]["l"][over], lengths[over])
            np.testing.assert_array_equal(infos["episode"]["r"][over], lengths[over])
            ended += over.sum()
            lengths[over] = 0
            envs.reset(options={"reset_mask": over})
    assert ended > 2 * COUNT
    envs.close()


def test_gymnasium_1696_stacked_frames_are_those_of_gymnasiums(simulator) -> None:
    """A wrapper around each sub-environment keeps its history over the resets of others."""

    def ours() -> gymnasium.Env:
        return FrameStackObservation(faasfarm.Env("faasfarm/CartPole-v1", endpoint=simulator.endpoint), 3)

    def theirs() -> gymnasium.Env:
        return FrameStackObservation(gymnasium.make("CartPole-v1"), 3)

    both = [SyncVectorEnv([make] * 3, autoreset_mode=AutoresetMode.DISABLED) for make in (ours, theirs)]
    np.testing.assert_array_equal(*(envs.reset(seed=5)[0] for envs in both))
    generator, ended = np.random.default_rng(6), 0
    for _ in range(STEPS // 2):
        actions = generator.integers(2, size=3)
        (*got, _), (*expected, _) = (envs.step(actions) for envs in both)
        for one, two in zip(got, expected, strict=True):
            np.testing.assert_array_equal(one, two)
        over = got[2] | got[3]
        if over.any():
            ended += over.sum()
            observations = [envs.reset(options={"reset_mask": over.copy()})[0] for envs in both]
            np.testing.assert_array_equal(*observations)
    assert ended > 3
    for envs in both:
        envs.close()
