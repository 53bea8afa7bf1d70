#!/usr/bin/env bash
# Generates the Swift and Python messages from protocol/v1/faasfarm.proto. With --check, says whether they would change.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v protoc >/dev/null; then
    echo "make proto needs protoc: apt install protobuf-compiler, or brew install protobuf" >&2
    exit 1
fi
swift build --product protoc-gen-swift
swift_out=Sources/EnvironmentProtocol/Generated
python_out=protocol/python/src/faasfarm/v1
if [ "${1:-}" = --check ]; then
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    mkdir "$scratch/swift" "$scratch/python"
    swift_new=$scratch/swift python_new=$scratch/python
else
    swift_new=$swift_out python_new=$python_out
fi
protoc --plugin=.build/debug/protoc-gen-swift --swift_opt=Visibility=Public --swift_opt=UseAccessLevelOnImports=true \
    --swift_out="$swift_new" --python_out="$python_new" -I protocol/v1 protocol/v1/faasfarm.proto
if [ "${1:-}" = --check ]; then
    diff -q "$swift_new/faasfarm.pb.swift" $swift_out/faasfarm.pb.swift
    diff -q "$python_new/faasfarm_pb2.py" $python_out/faasfarm_pb2.py
    echo 'the generated messages are up to date'
fi
