#!/usr/bin/env bash
# Makes .venv-peers, with PyTorch and Stable-Baselines3, or brings it up to date. Says nothing when that is not needed.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=${PEERS_VENV:-.venv-peers}
ready=$venv/.ready
if [ ! -f "$ready" ] || [ scripts/peers-tools.txt -nt "$ready" ] || [ protocol/python/pyproject.toml -nt "$ready" ]; then
    echo "make: installing PyTorch and Stable-Baselines3 into $venv (hundreds of megabytes, once)" >&2
    [ -x "$venv/bin/python" ] || "${PYTHON:-python3}" -m venv "$venv"
    "$venv/bin/python" -m pip install -q --disable-pip-version-check -r scripts/peers-tools.txt -e protocol/python
    touch "$ready"
fi
