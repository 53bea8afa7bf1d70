#!/usr/bin/env bash
# SimFaaS 0.2.2, a simulator of serverless platforms. Behaviour: `get_request_custom_states` counts the requests that a
# limit on concurrency rejected among the warm starts; its column `rej` is 0 always, and `p_cold` too small by as much.
# The totals that the simulator keeps itself are right. Seen with a limit of two instances at 90 % load.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check simfaas==0.2.2 numpy==2.4.6
cd "$folder"
cat >"$folder/try.py" <<'PYTHON'
import warnings

warnings.simplefilter("ignore")
import numpy
from simfaas.ServerlessSimulator import ServerlessSimulator

numpy.random.seed(1)
farm = ServerlessSimulator(
    arrival_rate=0.9,
    warm_service_rate=1 / 2.0,
    cold_service_rate=1 / 2.2,
    expiration_threshold=60,
    max_time=5_000,
    maximum_concurrency=2,
)
farm.generate_trace(debug_print=False, progress=False)
table = farm.get_request_custom_states(farm.hist_server_count)
share = farm.total_reject_count / farm.total_req_count
print("the simulator rejected more than a fifth of the requests:", share > 0.2)
print("rejected in the table:", int(table["rej"].sum()))
print("warm starts in the table are more than there were:", int(table["warm"].sum()) > farm.total_warm_count)
unseen = farm.total_req_count - farm.total_cold_count - farm.total_warm_count
print("the totals agree:", unseen == farm.total_reject_count)
PYTHON
seen=$("$folder/venv/bin/python" "$folder/try.py")
expected=$(
    cat <<'SEEN'
the simulator rejected more than a fifth of the requests: True
rejected in the table: 0
warm starts in the table are more than there were: True
the totals agree: True
SEEN
)
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    printf '\nthe behaviour has changed; seen before:\n%s\n' "$expected" >&2
    exit 1
fi
