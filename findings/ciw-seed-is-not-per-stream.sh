#!/usr/bin/env bash
# Ciw 3.2.7, a simulator of queueing networks. Behaviour: one generator serves arrivals and services alike, so the same
# seed gives other arrivals as soon as the number of servers, and with it the order of draws, is another. Differences
# between staffings at equal seeds are not differences on the same tasks: paired comparisons need many more runs. Seen
# with a Poisson process and exponential services.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check Ciw==3.2.7
cd "$folder"
cat >"$folder/try.py" <<'PYTHON'
import ciw


def arrivals(servers):
    ciw.seed(1)
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(1.0)],
        service_distributions=[ciw.dists.Exponential(1.2)],
        number_of_servers=[servers],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(20)
    return sorted(round(record.arrival_date, 3) for record in simulation.get_all_records())[:4]


for servers in (1, 1, 2):
    print(servers, "servers:", arrivals(servers))
PYTHON
seen=$("$folder/venv/bin/python" "$folder/try.py")
expected=$(
    cat <<'SEEN'
1 servers: [0.144, 1.587, 1.882, 2.479]
1 servers: [0.144, 1.587, 1.882, 2.479]
2 servers: [0.144, 1.587, 2.271, 3.326]
SEEN
)
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    printf '\nthe behaviour has changed; seen before:\n%s\n' "$expected" >&2
    exit 1
fi
