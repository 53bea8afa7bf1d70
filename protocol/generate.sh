#!/usr/bin/env bash
# Generates the Swift and Python messages from protocol/v1/faasfarm.proto, and those of KEDA's interface, with a Swift service of it,
# from protocol/keda/externalscaler.proto. With --check, says whether they would change.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v protoc >/dev/null; then
    echo "make proto needs protoc: apt install protobuf-compiler, or brew install protobuf" >&2
    exit 1
fi
# Beside each other in one build; the generator of services is built from the package that its code needs to run.
swift build --product protoc-gen-swift
swift build --product protoc-gen-grpc-swift-2
protocol_swift=Sources/EnvironmentProtocol/Generated
protocol_python=protocol/python/src/faasfarm/v1
keda_swift=Sources/KEDAScaler/Generated
keda_python=measure/keda
prefix=
if [ "${1:-}" = --check ]; then
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    prefix=$scratch/
    for folder in $protocol_swift $protocol_python $keda_swift $keda_python; do mkdir -p "$scratch/$folder"; done
fi
protoc --plugin=.build/debug/protoc-gen-swift --swift_opt=Visibility=Public --swift_opt=UseAccessLevelOnImports=true \
    --swift_out="$prefix$protocol_swift" --python_out="$prefix$protocol_python" -I protocol/v1 protocol/v1/faasfarm.proto
protoc --plugin=.build/debug/protoc-gen-swift --plugin=.build/debug/protoc-gen-grpc-swift-2 \
    --swift_opt=UseAccessLevelOnImports=true --swift_out="$prefix$keda_swift" \
    --grpc-swift-2_opt=UseAccessLevelOnImports=true,Client=false --grpc-swift-2_out="$prefix$keda_swift" \
    --python_out="$prefix$keda_python" -I protocol/keda protocol/keda/externalscaler.proto
if [ -n "$prefix" ]; then
    for file in $protocol_swift/faasfarm.pb.swift $protocol_python/faasfarm_pb2.py $keda_swift/externalscaler.pb.swift \
        $keda_swift/externalscaler.grpc.swift $keda_python/externalscaler_pb2.py; do
        diff -q "$prefix$file" $file
    done
    echo 'the generated messages are up to date'
fi
