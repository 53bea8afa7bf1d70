#!/usr/bin/env bash
# `make test-peers`: other people's learners on our environments. They need PyTorch, hence a venv of their own and no part
# in `make test`. $FAASFARM_BIN names the daemon; the default is the debug build.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=${PEERS_VENV:-.venv-peers}
export FAASFARM_BIN=${FAASFARM_BIN:-$PWD/.build/debug/faasfarm}

if [ ! -x "$FAASFARM_BIN" ]; then
    echo "test-peers: there is no daemon at $FAASFARM_BIN; build it with \`swift build --product faasfarm\`" >&2
    exit 1
fi
scripts/make-peers-venv.sh
# With Stable-Baselines3 there, threads are tried in its adapter too.
exec "$venv/bin/python" -m pytest -q Tests/peers protocol/python/tests/test_threads.py "$@"
