#!/usr/bin/env bash
# `make test`: what is quick to fail comes first.
set -euo pipefail
SECONDS=0

step() {
    printf '\n== %s\n' "$1"
    stage=$1
}
trap 'status=$?; [ $status = 0 ] || printf "\nmake test: failed after %d s in: %s\n" $SECONDS "${stage:-start}" >&2' EXIT

step 'generated messages, format and style'
.venv/bin/python scripts/generated.py check
make --no-print-directory lint

step 'Swift build'
# Product by product: `swift build --build-tests` may also build the plugins of dependencies, a C++ protoc among them,
# which takes ten minutes.
# With an order of flags that is always the same, else builds are begun anew by chance
# (findings/swiftpm-orders-traits-by-chance.sh).
export SWIFT_DETERMINISTIC_HASHING=1
swift build --product faasfarm
swift build --product swift-examples
swift build --product ingress-stand
swift build --product steering-board
swift build --product journal-writer
swift build --product steering-stage
swift build --product faasfarmPackageTests
unset SWIFT_DETERMINISTIC_HASHING

step 'Swift tests'
.venv/bin/python scripts/swift_tests.py

step 'Python tests'
scripts/prometheus.sh
scripts/page.sh
export FAASFARM_BIN="$PWD/.build/debug/faasfarm"
.venv/bin/python -m pytest -q -n 4 --dist loadfile

printf '\nmake test: Swift and Python tests passed in %d s\n' $SECONDS
