"""Learns offline, from recorded episodes alone, to act like the agent that was recorded: behaviour cloning with NumPy.

    faasfarm serve --record runs.sqlite            # an agent, or a rule, runs some episodes
    python behaviour_cloning.py runs.sqlite        # a network that acts like it; nothing is stepped
    python behaviour_cloning.py runs.sqlite --endpoint tcp://127.0.0.1:5555 --scenario demo --backend simulator

The network is a softmax over one hidden layer, fitted by Adam to the recorded pairs of observation and action. The last
fifth of the episodes is kept apart: on it the copy is compared with always taking the commonest action.
"""

import argparse
import sys
from dataclasses import dataclass

import gymnasium
import numpy as np
from faasfarm import minari_recording as recording


@dataclass
class Policy:
    """A softmax over one hidden layer of tanh units."""

    mean: np.ndarray
    scale: np.ndarray
    weights: list[np.ndarray]

    @classmethod
    def new(cls, observations: np.ndarray, actions: int, hidden: int, random: np.random.Generator) -> "Policy":
        size = observations.shape[1]
        weights = [
            random.normal(0, 1 / np.sqrt(size), (size, hidden)),
            np.zeros(hidden),
            random.normal(0, 0.01, (hidden, actions)),
            np.zeros(actions),
        ]
        return cls(observations.mean(0), observations.std(0) + 1e-6, weights)

    def forward(self, observations: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Inputs, hidden units and the probabilities of the actions."""
        inputs = (observations - self.mean) / self.scale
        hidden = np.tanh(inputs @ self.weights[0] + self.weights[1])
        logits = hidden @ self.weights[2] + self.weights[3]
        odds = np.exp(logits - logits.max(1, keepdims=True))
        return inputs, hidden, odds / odds.sum(1, keepdims=True)

    def act(self, observation: np.ndarray) -> int:
        """The likeliest action."""
        return int(self.forward(observation.reshape(1, -1))[2].argmax())

    def gradients(self, observations: np.ndarray, actions: np.ndarray) -> list[np.ndarray]:
        """Of the mean cross-entropy."""
        inputs, hidden, error = self.forward(observations)
        error[np.arange(len(actions)), actions] -= 1
        error /= len(actions)
        back = error @ self.weights[2].T * (1 - hidden**2)
        return [inputs.T @ back, back.sum(0), hidden.T @ error, error.sum(0)]


def fit(
    policy: Policy, observations: np.ndarray, actions: np.ndarray, epochs: int, random: np.random.Generator
) -> None:
    """Adam on batches of 256."""
    first = [np.zeros_like(weight) for weight in policy.weights]
    second = [np.zeros_like(weight) for weight in policy.weights]
    step = 0
    for _ in range(epochs):
        for batch in np.array_split(random.permutation(len(actions)), max(1, len(actions) // 256)):
            step += 1
            for place, gradient in enumerate(policy.gradients(observations[batch], actions[batch])):
                first[place] = 0.9 * first[place] + 0.1 * gradient
                second[place] = 0.999 * second[place] + 0.001 * gradient**2
                rate = 3e-3 * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
                policy.weights[place] -= rate * first[place] / (np.sqrt(second[place]) + 1e-8)


def pairs(episodes: list[recording.Episode]) -> tuple[np.ndarray, np.ndarray]:
    """What was observed before each action, and the action counted from 0."""
    observations = [
        np.asarray(observation).ravel() for episode in episodes for observation in episode.observations[:-1]
    ]
    start = int(episodes[0].action_space.start)
    actions = [int(action) - start for episode in episodes for action in episode.actions]
    return np.stack(observations).astype(np.float64), np.array(actions)


def play(policy: Policy, made: dict[str, str], episodes: int) -> list[float]:
    """Returns of episodes that the policy plays."""
    env = gymnasium.make("faasfarm/Farm-v0", **made)
    returns = []
    for episode in range(episodes):
        observation, _ = env.reset(seed=10_000 + episode)
        total, done = 0.0, False
        while not done:
            observation, reward, terminated, truncated, _ = env.step(policy.act(observation) + env.action_space.start)
            total += float(reward)
            done = terminated or truncated
        returns.append(total)
    env.close()
    return returns


def main() -> None:
    parser = argparse.ArgumentParser(description="Learn offline to act like recorded episodes.")
    parser.add_argument("file", help="what `faasfarm serve --record` wrote")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--hidden", type=int, default=32)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--endpoint", help="a server to try the copy on; none: only compare it with the recording")
    parser.add_argument("--scenario", default="demo", help="of the farm it is tried on")
    parser.add_argument("--backend", default="simulator", help="of the farm it is tried on")
    options = parser.parse_args()

    episodes = [
        episode
        for episode in recording.episodes(options.file)
        if isinstance(episode.action_space, gymnasium.spaces.Discrete) and len(episode) > 0
    ]
    episodes = [episode for episode in episodes if episode.observation_space == episodes[-1].observation_space]
    if len(episodes) < 5:
        sys.exit(f"{options.file} has {len(episodes)} complete episodes with discrete actions; 5 are needed")
    apart = max(1, len(episodes) // 5)
    observations, actions = pairs(episodes[:-apart])
    random = np.random.default_rng(options.seed)
    policy = Policy.new(observations, int(episodes[0].action_space.n), options.hidden, random)
    fit(policy, observations, actions, options.epochs, random)

    unseen, meant = pairs(episodes[-apart:])
    taken = policy.forward(unseen)[2].argmax(1)
    commonest = np.bincount(actions).argmax()
    print(f"{len(episodes)} episodes, {len(actions)} steps to learn from, {len(meant)} to test on")
    print(f"agreement {np.mean(taken == meant):.3f}, of the commonest action {np.mean(meant == commonest):.3f}")
    if options.endpoint:
        made = {"endpoint": options.endpoint, "scenario": options.scenario, "backend": options.backend}
        made["action"] = str(episodes[-1].arguments.get("action", "delta:2"))
        recorded = np.mean([episode.rewards.sum() for episode in episodes])
        print(f"return {np.mean(play(policy, made, 5)):.3f}, of the recorded episodes {recorded:.3f}")


if __name__ == "__main__":
    main()
