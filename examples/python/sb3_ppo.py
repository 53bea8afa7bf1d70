"""Stable-Baselines3's PPO on a vector of a daemon's environments.

pip install stable-baselines3
python examples/python/sb3_ppo.py --endpoint tcp://127.0.0.1:5555 --steps 50000
"""

import argparse

import faasfarm
from stable_baselines3 import PPO
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.vec_env import VecMonitor


def main() -> None:
    parser = argparse.ArgumentParser(description="Stable-Baselines3's PPO on a daemon's environments.")
    parser.add_argument("--endpoint", help="where a daemon listens; left out: one is started for this program")
    parser.add_argument("--env", default="faasfarm/CartPole-v1", help="default: %(default)s")
    parser.add_argument("--num-envs", type=int, default=8, help="how many, default: %(default)s")
    parser.add_argument("--steps", type=int, default=50_000, help="of all together, default: %(default)s")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    envs = faasfarm.VectorEnv(given.env, given.num_envs, endpoint=given.endpoint, autoreset_mode="SameStep")
    monitored = VecMonitor(faasfarm.sb3.as_vec_env(envs))
    model = PPO("MlpPolicy", monitored, n_steps=128, batch_size=256, learning_rate=1e-3, seed=given.seed)
    model.learn(given.steps)
    mean, spread = evaluate_policy(model, monitored, n_eval_episodes=10)
    print(f"after {given.steps} steps: return {mean:.1f} ± {spread:.1f} in 10 episodes")
    monitored.close()


if __name__ == "__main__":
    main()
