"""Writes the trajectories that the Swift environments are compared with: python generate.py, where Gymnasium is.

Three seeds an environment, 240 steps each. An episode that is over, or 210 steps long, is followed by one without a
seed. A step is action, reward, terminated, truncated, and the observation.
"""

import json
import pathlib

import gymnasium
import numpy as np

STEPS = 240
LONGEST = 210
SEEDS = {0: "random", 7: "pumping", 2**70 + 123: "mixed"}


def pumping(name, observation, step):
    """An action that keeps the pole up, or adds energy, so that episodes reach their goals."""
    if name == "CartPole-v1":
        return int(observation[2] + 0.3 * observation[3] + 0.05 * observation[1] > 0)
    if name == "MountainCar-v0":
        return 2 if observation[1] >= 0 else 0
    if name == "Acrobot-v1":
        return 2 if observation[4] < 0 else 0
    return 2.0 if (step // 11) % 2 else -2.0


def action(name, kind, observation, step, generator):
    drawn = generator.random()
    if kind == "pumping" or (kind == "mixed" and generator.random() < 0.7):
        return pumping(name, observation, step)
    if name == "Pendulum-v1":
        return float(np.float32(4 * drawn - 2))
    return int(drawn * (2 if name == "CartPole-v1" else 3))


def rounded(numbers):
    return [float(f"{number:.8g}") for number in numbers]


def trajectory(name, seed, kind):
    environment = gymnasium.make(name)
    generator = np.random.default_rng([seed, 1])
    observation, _ = environment.reset(seed=seed)
    resets, steps, length = [{"step": 0, "observation": rounded(observation)}], [], 0
    for step in range(STEPS):
        chosen = action(name, kind, observation, step, generator)
        argument = np.array([chosen], np.float32) if name == "Pendulum-v1" else chosen
        observation, reward, terminated, truncated, _ = environment.step(argument)
        length += 1
        steps.append([chosen, float(reward), int(terminated), int(truncated), *rounded(observation)])
        if terminated or truncated or length == LONGEST:
            observation, _ = environment.reset()
            resets.append({"step": step + 1, "observation": rounded(observation)})
            length = 0
    return {"seed": str(seed), "resets": resets, "steps": steps}


if __name__ == "__main__":
    for name in ["CartPole-v1", "MountainCar-v0", "Acrobot-v1", "Pendulum-v1"]:
        trajectories = [trajectory(name, seed, kind) for seed, kind in SEEDS.items()]
        text = json.dumps(trajectories, separators=(",", ":")).replace("],[", "],\n[")
        pathlib.Path(__file__).with_name(f"{name}.json").write_text(text + "\n")
