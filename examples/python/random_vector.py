"""A random agent on a vector of environments, with returns and lengths of the episodes that ended.

Try it with --endpoint tcp://127.0.0.1:5555, or on simulated farms, with
--env faasfarm/Farm-v0 --argument scenario=steady --argument backend=simulator
"""

import argparse
import time

import faasfarm  # noqa: F401  registers the environments
import gymnasium
import numpy as np


def allowed(actions: np.ndarray, infos: dict, generator: np.random.Generator) -> np.ndarray:
    """Random actions, drawn again where a mask says that one has no effect."""
    masks = infos.get("action_mask")
    if masks is None:
        return actions
    return np.array([generator.choice(np.flatnonzero(mask)) if mask.any() else 0 for mask in masks])


def main() -> None:
    parser = argparse.ArgumentParser(description="A random agent on a vector of environments.")
    parser.add_argument("--endpoint", help="where a daemon listens; left out: one is started for this program")
    parser.add_argument("--env", default="faasfarm/CartPole-v1", help="default: %(default)s")
    parser.add_argument("--num-envs", type=int, default=16, help="how many, default: %(default)s")
    parser.add_argument("--steps", type=int, default=1000, help="of all together, default: %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="of the first environment; the others have the next ones")
    parser.add_argument("--argument", action="append", default=[], metavar="NAME=VALUE", help="of the environment")
    given = parser.parse_args()
    own = dict(argument.split("=", 1) for argument in given.argument)
    envs = gymnasium.make_vec(given.env, num_envs=given.num_envs, endpoint=given.endpoint, **own)
    envs = gymnasium.wrappers.vector.RecordEpisodeStatistics(envs, buffer_length=100_000)
    generator = np.random.default_rng(given.seed)
    envs.action_space.seed(given.seed)
    _, infos = envs.reset(seed=given.seed)
    begun = time.perf_counter()
    for _ in range(max(1, given.steps // given.num_envs)):
        _, _, _, _, infos = envs.step(allowed(envs.action_space.sample(), infos, generator))
    seconds = time.perf_counter() - begun
    returns, lengths = np.array(envs.return_queue), np.array(envs.length_queue)
    envs.close()
    steps = max(1, given.steps // given.num_envs) * given.num_envs
    print(f"{steps} steps in {seconds:.2f} s")
    if len(returns):
        print(f"{len(returns)} episodes: return {returns.mean():.2f} on average, {lengths.mean():.1f} steps long")
    else:
        print("no episode ended")


if __name__ == "__main__":
    main()
