#!/usr/bin/env bash
# Makes .venv, the Python environment of the tests, the demo and the examples, or brings it up to date. Says nothing when
# that is not needed.
set -euo pipefail

python=${PYTHON:-python3}
venv=.venv
# Holds the folder that the environment was made in, since an environment cannot be moved.
ready=$venv/.ready

if [ -x $venv/bin/python ] && [ -f $ready ] && [ "$(cat $ready)" = "$PWD" ] &&
    [ $ready -nt protocol/python/pyproject.toml ] && [ $ready -nt scripts/python-tools.txt ]; then
    exit 0
fi

# An interpreter that was upgraded or removed leaves a broken environment behind.
if [ -e $venv ] && { ! $venv/bin/python -c 'import pip' || [ "$(cat $ready 2>/dev/null || echo "$PWD")" != "$PWD" ]; } 2>/dev/null; then
    echo "make: $venv is broken or was moved, making it anew" >&2
    rm -rf $venv
fi

if [ ! -e $venv ]; then
    if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))'; then
        echo "make: FaaSFarm needs Python 3.10 or later, $python is $("$python" -V 2>&1);" \
            "name another one: make PYTHON=python3.12 ..." >&2
        exit 1
    fi
    "$python" -m venv $venv
fi

echo "make: installing the Python package and its tools into $venv" >&2
$venv/bin/python -m pip install -q --disable-pip-version-check -r scripts/python-tools.txt -e protocol/python
printf '%s\n' "$PWD" >$ready
