"""Processor time and memory of simulated episodes of 10^3 to 10^7 tasks."""

from measure.parts import Part, Setting
from measure.processes import last_json
from measure.rows import Row


def figures(setting: Setting, power: int, most: int) -> tuple[float, float]:
    """Nanoseconds of processor time a task, and kilobytes at the peak, of an episode of 10^power tasks."""
    scenario = setting.folder / f"tasks-{power}.yaml"
    rate = 10**power / 1000
    scenario.write_text(
        f"name: growth\narrivals: {{phases: [{{seconds: 1000, rate: {rate}}}]}}\n"
        f"service: {{lognormal: {{mean: {16 / rate}, cv: 0.5}}}}\ndeadline: {{seconds: 2}}\n"
        "workers: {min: 1, max: 40, initial: 20}\nstep: 10\nsteps: 100\n"
    )
    command = [setting.program, "bench", "--scenario", scenario, "--policy", "hold", "--repetitions", 1]
    found = last_json([*command, "--episodes", max(1, 10 ** (most - 1 - power))])
    return 1e9 / found["tasks_per_cpu_second"], found["peak_kilobytes"]


def rows(setting: Setting, most: int = 7) -> list[Row]:
    found = {power: figures(setting, power, most) for power in range(3, most + 1)}
    # Of the smallest episodes, starting is a part.
    nanoseconds = [found[power][0] for power in range(4, most + 1)]
    memory = [peak for _, peak in found.values()]
    return [
        Row(
            f"processor time a task, episodes of 10^4 to 10^{most} tasks",
            ", ".join(f"{each:.0f} ns" for each in nanoseconds),
            "linear: within a factor of 1.5 of each other",
            max(nanoseconds) <= 1.5 * min(nanoseconds),
            {"nanoseconds": nanoseconds},
        ),
        Row(
            f"peak memory, episodes of 10^3 to 10^{most} tasks",
            ", ".join(f"{each / 1024:.1f} MB" for each in memory),
            "does not grow: within 10 %",
            max(memory) <= 1.1 * min(memory),
            {"kilobytes": memory},
        ),
    ]


PART = Part("growth", "simulated episodes of 10^3 to 10^7 tasks", rows)
