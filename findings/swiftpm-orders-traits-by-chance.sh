#!/usr/bin/env bash
# SwiftPM 6.3.1. Behaviour: the compiler's flags for a package's enabled traits (-DNAME) come in the order of a hash table
# whose seed differs from process to process. Whenever a build is planned anew, because a source file or the manifest has
# come or changed, the order may be another, and then all sources of that package, and what imports it, are compiled again
# though nothing of them has changed. SwiftProtobuf 1.39.0 and Hummingbird 2.28.1 have traits, so that projects on them rebuild
# much by chance. A package of four lines is enough to see it; what is pinned is the toolchain, which is looked at. With SWIFT_DETERMINISTIC_HASHING in the environment the order is always the same.
set -euo pipefail
if ! swift --version 2>&1 | grep -q 'Swift version 6\.3\.1 '; then
    printf 'this was seen with Swift 6.3.1; here is %s\n' "$(swift --version 2>&1 | head -1)" >&2
    exit 1
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/package/Sources/Own"
cd "$folder/package"
cat >Package.swift <<'SWIFT'
// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "own",
    traits: ["Alpha", "Beta", "Gamma", "Delta", .default(enabledTraits: ["Alpha", "Beta", "Gamma", "Delta"])],
    targets: [.target(name: "Own")]
)
SWIFT
echo 'public let one = 1' >Sources/Own/Own.swift
orders() {
    for plan in 1 2 3 4 5 6; do
        echo "// $plan" >"Sources/Own/Plan$plan-$1.swift"
        swift build -q
        grep -o '"-D\(Alpha\|Beta\|Gamma\|Delta\)"' .build/debug.yaml | head -4 | tr -d '"\n'
        echo
    done | sort -u | wc -l
}
free=$(orders free)
fixed=$(SWIFT_DETERMINISTIC_HASHING=1 orders fixed)
printf 'orders seen in six plans: %s; with SWIFT_DETERMINISTIC_HASHING: %s\n' "$free" "$fixed"
if [ "$free" -lt 2 ] || [ "$fixed" -ne 1 ]; then
    printf 'the behaviour has changed; seen before: more than one, and one\n' >&2
    exit 1
fi
