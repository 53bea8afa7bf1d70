"""Classic control in a daemon, beside Gymnasium's own: options of resets, and pictures."""

import faasfarm
import gymnasium
import numpy as np
import pytest

OPTIONS = [
    ("CartPole-v1", {"low": -0.01, "high": 0.2}),
    ("CartPole-v1", {"high": 0.3}),
    ("CartPole-v1", {"low": 0.02, "high": 0.02}),
    ("MountainCar-v0", {"low": -1.0, "high": 0.2}),
    ("MountainCar-v0", {"low": np.float64(-0.5)}),
    ("Acrobot-v1", {"low": -1, "high": 2}),
    ("Pendulum-v1", {"x_init": 0.5}),
    ("Pendulum-v1", {"x_init": 0, "y_init": 3.5}),
]


@pytest.mark.parametrize("name, options", OPTIONS)
def test_options_of_a_reset_are_gymnasiums(simulator, name: str, options: dict) -> None:
    """With a seed, without one, and in the episodes after it, which begin as usual again."""
    ours = faasfarm.Env(f"faasfarm/{name}", endpoint=simulator.endpoint, timeout=60)
    theirs = gymnasium.make(name, disable_env_checker=True)
    for seed, given in [(3, options), (None, options), (None, None), (4, None), (None, options), (5, {})]:
        got, _ = ours.reset(seed=seed, options=given)
        expected, _ = theirs.reset(seed=seed, options=given)
        np.testing.assert_allclose(got, expected, rtol=0, atol=1e-6)
        theirs.action_space.seed(1)
        for _ in range(5):
            action = theirs.action_space.sample()
            got, expected = ours.step(action), theirs.step(action)
            np.testing.assert_allclose(got[0], expected[0], rtol=0, atol=1e-5)
            assert got[2:4] == expected[2:4]
            if got[2]:
                # Begun too far out.
                break
    ours.close()
    theirs.close()


@pytest.mark.parametrize(
    "name, options, word",
    [
        ("CartPole-v1", {"low": 0.1}, "high"),
        ("CartPole-v1", {"x_init": 1.0}, "x_init"),
        ("MountainCar-v0", {"high": float("inf")}, "finite"),
        ("Acrobot-v1", {"low": "wide"}, "low"),
        ("Pendulum-v1", {"y_init": -1.0}, "y_init"),
    ],
)
def test_what_is_no_option_is_a_typed_error_and_changes_nothing(simulator, name: str, options: dict, word: str) -> None:
    env = faasfarm.Env(f"faasfarm/{name}", endpoint=simulator.endpoint, timeout=60)
    first, _ = env.reset(seed=1)
    with pytest.raises(faasfarm.FaaSFarmError, match=word) as refusal:
        env.reset(seed=2, options=options)
    assert refusal.value.code == "INVALID_ARGUMENT"
    np.testing.assert_array_equal(env.reset(seed=1)[0], first)
    env.close()


@pytest.mark.parametrize("name", ["CartPole-v1", "MountainCar-v0", "Acrobot-v1", "Pendulum-v1"])
def test_pictures_have_the_size_of_gymnasiums_and_show_what_has_moved(simulator, name: str) -> None:
    env = faasfarm.Env(f"faasfarm/{name}", endpoint=simulator.endpoint, timeout=60, render_mode="rgb_array")
    twin = faasfarm.Env(f"faasfarm/{name}", endpoint=simulator.endpoint, timeout=60, render_mode="rgb_array")
    for one in (env, twin):
        one.reset(seed=1)
    before = env.render()
    assert before.dtype == np.uint8
    assert before.shape == ((400, 600, 3) if name in ("CartPole-v1", "MountainCar-v0") else (500, 500, 3))
    np.testing.assert_array_equal(before, twin.render())
    for _ in range(8):
        env.step(env.action_space.sample())
    assert (before != env.render()).any()
    env.close()
    twin.close()
