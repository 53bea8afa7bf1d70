#!/usr/bin/env bash
# `make test-peers`: other people's learners on our environments. They need PyTorch, hence a venv of their own and no part
# in `make test`. $FAASFARM_BIN names the daemon; the default is the debug build.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=${PEERS_VENV:-.venv-peers}
ready=$venv/.ready
export FAASFARM_BIN=${FAASFARM_BIN:-$PWD/.build/debug/faasfarm}

if [ ! -x "$FAASFARM_BIN" ]; then
    echo "test-peers: there is no daemon at $FAASFARM_BIN; build it with \`swift build --product faasfarm\`" >&2
    exit 1
fi
if [ ! -f "$ready" ] || [ scripts/peers-tools.txt -nt "$ready" ] || [ protocol/python/pyproject.toml -nt "$ready" ]; then
    echo "test-peers: installing PyTorch and Stable-Baselines3 into $venv (hundreds of megabytes, once)" >&2
    [ -x "$venv/bin/python" ] || "${PYTHON:-python3}" -m venv "$venv"
    "$venv/bin/python" -m pip install -q --disable-pip-version-check -r scripts/peers-tools.txt -e protocol/python
    touch "$ready"
fi
exec "$venv/bin/python" -m pytest -q Tests/peers "$@"
