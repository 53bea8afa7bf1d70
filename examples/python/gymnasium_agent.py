"""A small hand-written controller that steers a farm through Gymnasium, and checks the replay of what it did.

Each second it asks for as many workers as the arrivals need, and some more for what waits.
"""

import argparse
import math
import sys

import faasfarm  # noqa: F401  registers the environments
import gymnasium


def workers_needed(metrics: dict, margin: float = 1.15, patience: float = 2.0) -> int:
    """Little's law for the arrivals, plus what works off the queue within `patience` seconds."""
    service = metrics.get("service_time_mean", 0.25)
    rate = max(metrics["arrival_rate"], metrics["arrival_rate_recent"])
    return math.ceil(margin * rate * service + metrics["queue_length"] * service / patience)


def steer(env: gymnasium.Env, seed: int | None, minimum: int) -> tuple[list[int], float, dict]:
    """Plays an episode and shows a line a step."""
    _, info = env.reset(seed=seed)
    episode = info.get("episode_id")
    least = info["metrics"]["desired"]
    actions: list[int] = []
    total = 0.0
    print("step  queue  running  ready/desired    QoS   reward", flush=True)
    while True:
        metrics = info["metrics"]
        wanted = workers_needed(metrics) if metrics["time"] > 0 else least
        # With target actions, action a asks for min + a workers; the mask has a place for each.
        count = len(info["action_mask"])
        action = min(max(wanted - minimum, 0), count - 1)
        _, reward, terminated, truncated, info = env.step(action)
        actions.append(action)
        total += reward
        metrics = info["metrics"]
        print(
            f"{len(actions):4}  {metrics['queue_length']:5}  {metrics['running']:7}  "
            f"{metrics['ready']:5}/{metrics['desired']:<7}  {metrics['qos']:5.3f}  {reward:7.3f}",
            flush=True,
        )
        if terminated or truncated:
            return actions, total, info | {"episode_id": episode}


def replay(endpoint: str, episode: str, actions: list[int]) -> float:
    """The recorded episode once more, served by the daemon as an environment."""
    env = gymnasium.make("faasfarm/Replay-v0", endpoint=endpoint, episode=int(episode))
    env.reset()
    total = 0.0
    for action in actions:
        _, reward, terminated, truncated, _ = env.step(action)
        total += reward
        if terminated or truncated:
            break
    env.close()
    return total


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--endpoint", help="where the daemon listens (default: start one)")
    parser.add_argument("--scenario", default="demo", help="a preset, or a scenario file (default: demo)")
    parser.add_argument("--minimum", type=int, default=2, help="the scenario's smallest number of workers (default: 2)")
    parser.add_argument("--seed", type=int, help="the same tasks each time")
    parser.add_argument("--replay", action="store_true", help="replay the recorded episode and compare returns")
    options = parser.parse_args()

    env = gymnasium.make("faasfarm/Farm-v0", endpoint=options.endpoint, scenario=options.scenario, action="target")
    actions, total, info = steer(env, options.seed, options.minimum)
    env.close()
    totals = info["totals"]
    sums = totals["queued"] + totals["running"] + totals["done"] + totals["failed"]
    print(
        f"\nemitted {totals['emitted']} = queued {totals['queued']} + running {totals['running']}"
        f" + done {totals['done']} + failed {totals['failed']}"
    )
    for reason, count in sorted(totals["failure_reasons"].items()):
        print(f"  failed {count}: {reason}")
    result = info["result"]
    print(f"QoS of the episode {result['qos']:.3f}, mean workers {result['mean_workers']:.2f}, return {total:.4f}")
    if sums != totals["emitted"]:
        print("tasks are unaccounted for", file=sys.stderr)
        return 1
    if options.replay:
        if info["episode_id"] is None:
            print("the daemon does not record; start it with --record FILE", file=sys.stderr)
            return 1
        again = replay(options.endpoint, info["episode_id"], actions)
        if again != total:
            print(f"the replay's return is {again!r}, not {total!r}", file=sys.stderr)
            return 1
        print(f"replayed return {again:.4f} agrees")
    return 0


if __name__ == "__main__":
    sys.exit(main())
