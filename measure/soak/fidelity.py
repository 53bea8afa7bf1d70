"""The paper's controllers on `paper-as-run`, beside the recorded runs of arXiv 2602.06555's repository."""

import json
from collections.abc import Iterator

from measure.parts import Part, Setting
from measure.processes import output
from measure.rows import Row

# Means of the published ten episodes a policy with the 95 % interval of the mean (Student), and the means of an
# independent simulation of 60 episodes: QoS in percent, workers.
RECORDED = {
    "reactive-average": (50.87, 3.30, 10.79, 0.23, 50.14, 10.89),
    "reactive-maximum": (65.61, 10.75, 13.92, 0.51, 65.28, 13.92),
    "static:12": (86.2, 3.92, 12.0, 0.01, 87.2, 12.0),
    "ratchet": (94.91, 2.86, 14.40, 0.58, 94.19, 14.35),
}


def rows(setting: Setting, episodes: int = 200) -> Iterator[Row]:
    command = [setting.program, "evaluate", "--scenario", "paper-as-run", "--episodes", episodes, "--seed", 1]
    result = json.loads(output([*command, "--format", "json", "--policies", ",".join(RECORDED)]))
    for policy in result["policies"]:
        qos, qos_half, workers, workers_half, other_qos, other_workers = RECORDED[policy["policy"]]
        got_qos, got_workers = 100 * policy["paper_qos"]["mean"], policy["paper_mean_workers"]["mean"]
        yield Row(
            f"`paper-as-run`, {policy['policy']}, {episodes} episodes",
            f"{got_qos:.2f} % at {got_workers:.2f} workers",
            f"recorded {qos} ± {qos_half} at {workers} ± {workers_half}; "
            f"independent {other_qos} ± 2 at {other_workers} ± 0.3",
            abs(got_qos - qos) <= qos_half
            and abs(got_workers - workers) <= workers_half
            and abs(got_qos - other_qos) <= 2
            and abs(got_workers - other_workers) <= 0.3,
            {"qos": got_qos, "workers": got_workers},
        )


PART = Part("fidelity", "the paper's controllers, beside what was recorded of them", rows)
