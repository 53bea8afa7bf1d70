"""PPO in one file, with PyTorch: read it from top to bottom, change what you like.

    pip install torch
    python examples/python/cleanrl_ppo.py --endpoint tcp://127.0.0.1:5555
    python examples/python/cleanrl_ppo.py --env faasfarm/Farm-v0 --argument scenario=steady --argument backend=simulator

Written in the manner of single-file implementations, for discrete actions and observations that are arrays. Two things
in it are easily got wrong. Where a time limit cuts an episode, the value of what was seen last (`final_obs`) is added
to the reward, since the episode would have gone on. And the vector resets in the step that ends an episode
(`SameStep`), so that no step leads from the end of an episode to the beginning of the next.
"""

import argparse
import time

import faasfarm  # noqa: F401  registers the environments
import gymnasium
import numpy as np
import torch
from torch import nn


def layer(inputs: int, outputs: int, gain: float = 2**0.5) -> nn.Linear:
    linear = nn.Linear(inputs, outputs)
    nn.init.orthogonal_(linear.weight, gain)
    nn.init.zeros_(linear.bias)
    return linear


class Agent(nn.Module):
    """A policy and a value function, two networks of their own."""

    def __init__(self, inputs: int, actions: int) -> None:
        super().__init__()
        self.actor = nn.Sequential(layer(inputs, 64), nn.Tanh(), layer(64, 64), nn.Tanh(), layer(64, actions, 0.01))
        self.critic = nn.Sequential(layer(inputs, 64), nn.Tanh(), layer(64, 64), nn.Tanh(), layer(64, 1, 1.0))

    def value(self, observations: torch.Tensor) -> torch.Tensor:
        return self.critic(observations).squeeze(-1)

    def policy(self, observations: torch.Tensor) -> torch.distributions.Categorical:
        return torch.distributions.Categorical(logits=self.actor(observations))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="PPO in one file, on a vector of a daemon's environments.")
    parser.add_argument("--endpoint", help="where a daemon listens; left out: one is started for this program")
    parser.add_argument("--env", default="faasfarm/CartPole-v1", help="default: %(default)s")
    parser.add_argument("--argument", action="append", default=[], metavar="NAME=VALUE", help="of the environment")
    parser.add_argument("--num-envs", type=int, default=8, help="default: %(default)s")
    parser.add_argument("--num-steps", type=int, default=128, help="of a rollout, default: %(default)s")
    parser.add_argument("--total-steps", type=int, default=100_000, help="default: %(default)s")
    parser.add_argument("--learning-rate", type=float, default=1e-3, help="falls to 0, default: %(default)s")
    parser.add_argument("--epochs", type=int, default=4, help="over each rollout, default: %(default)s")
    parser.add_argument("--minibatches", type=int, default=4, help="of each epoch, default: %(default)s")
    parser.add_argument("--gamma", type=float, default=0.99, help="discount, default: %(default)s")
    parser.add_argument("--gae-lambda", type=float, default=0.95, help="default: %(default)s")
    parser.add_argument("--clip", type=float, default=0.2, help="of the probability ratio, default: %(default)s")
    parser.add_argument("--entropy", type=float, default=0.01, help="weight of the entropy, default: %(default)s")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def main() -> None:
    given = arguments()
    torch.manual_seed(given.seed)
    torch.set_num_threads(1)
    generator = np.random.default_rng(given.seed)
    own = dict(argument.split("=", 1) for argument in given.argument)
    envs = gymnasium.make_vec(
        given.env, num_envs=given.num_envs, endpoint=given.endpoint, autoreset_mode="SameStep", **own
    )
    envs = gymnasium.wrappers.vector.RecordEpisodeStatistics(envs, buffer_length=20)
    if not isinstance(envs.single_action_space, gymnasium.spaces.Discrete):
        raise SystemExit(f"this file is for discrete actions, {given.env} has {envs.single_action_space}")
    inputs = int(np.prod(envs.single_observation_space.shape))
    agent = Agent(inputs, int(envs.single_action_space.n))
    optimiser = torch.optim.Adam(agent.parameters(), lr=given.learning_rate, eps=1e-5)

    def tensor(observations: np.ndarray) -> torch.Tensor:
        return torch.as_tensor(observations, dtype=torch.float32).reshape(len(observations), inputs)

    # What a rollout consists of; dones[t]: the step t ended an episode.
    shape = (given.num_steps, given.num_envs)
    observations = torch.zeros(*shape, inputs)
    actions, logprobs, rewards, dones, values = (torch.zeros(shape) for _ in range(5))

    seen = tensor(envs.reset(seed=given.seed)[0])
    rollouts = max(1, given.total_steps // (given.num_steps * given.num_envs))
    begun = time.perf_counter()
    for rollout in range(rollouts):
        optimiser.param_groups[0]["lr"] = given.learning_rate * (1 - rollout / rollouts)

        for t in range(given.num_steps):
            observations[t] = seen
            with torch.no_grad():
                policy = agent.policy(seen)
                action = policy.sample()
                values[t], logprobs[t], actions[t] = agent.value(seen), policy.log_prob(action), action
            seen, reward, terminations, truncations, infos = envs.step(action.numpy())
            seen, rewards[t] = tensor(seen), torch.as_tensor(reward, dtype=torch.float32)
            dones[t] = torch.as_tensor(terminations | truncations, dtype=torch.float32)
            cut = np.flatnonzero(truncations & ~terminations)
            if cut.size:
                with torch.no_grad():
                    rewards[t, cut] += given.gamma * agent.value(tensor(np.stack(infos["final_obs"][cut])))

        # Advantages, from the last step to the first.
        advantages = torch.zeros(shape)
        with torch.no_grad():
            following, running = agent.value(seen), torch.zeros(given.num_envs)
        for t in reversed(range(given.num_steps)):
            goes_on = 1 - dones[t]
            delta = rewards[t] + given.gamma * following * goes_on - values[t]
            running = delta + given.gamma * given.gae_lambda * goes_on * running
            advantages[t], following = running, values[t]
        returns = advantages + values

        batch = [part.reshape(-1, *part.shape[2:]) for part in (observations, actions, logprobs, advantages, returns)]
        size = given.num_steps * given.num_envs
        for _ in range(given.epochs):
            for indices in np.array_split(generator.permutation(size), given.minibatches):
                some, taken, before, advantage, target = (part[indices] for part in batch)
                policy = agent.policy(some)
                ratio = (policy.log_prob(taken) - before).exp()
                advantage = (advantage - advantage.mean()) / (advantage.std(correction=0) + 1e-8)
                clipped = ratio.clamp(1 - given.clip, 1 + given.clip)
                policy_loss = -torch.min(ratio * advantage, clipped * advantage).mean()
                value_loss = 0.5 * (agent.value(some) - target).square().mean()
                loss = policy_loss + 0.5 * value_loss - given.entropy * policy.entropy().mean()
                optimiser.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(agent.parameters(), 0.5)
                optimiser.step()

        if envs.return_queue and (rollout % 10 == 9 or rollout == rollouts - 1):
            steps = (rollout + 1) * size
            speed = steps / (time.perf_counter() - begun)
            print(f"{steps:8} steps  return {np.mean(envs.return_queue):9.2f}  {speed:7.0f} steps/s", flush=True)
    envs.close()


if __name__ == "__main__":
    main()
