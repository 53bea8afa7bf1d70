#!/usr/bin/env bash
# libdispatch as Swift 6.3 brings it for Linux. Behaviour: a program whose descriptors run out ends with SIGILL, though its own
# code bears that. The thread that watches the workers of global queues opens /proc/ID/stat for each of them, every
# second, and traps when it cannot. Swift's concurrency runs on these queues, so any server under load that takes the last
# descriptor ends so. Needs `swiftc`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >main.swift <<'SWIFT'
import Dispatch
import Foundation

func work() {
    for _ in 0..<8 { DispatchQueue.global().async { while true { usleep(1_000) } } }
}

var limit = rlimit(rlim_cur: 64, rlim_max: 64)
setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
work()
sleep(3)
print("with descriptors left: alive after three seconds")
fflush(nil)
while open("/dev/null", O_RDONLY) >= 0 {}
work()
sleep(20)
print("without any: alive after twenty")
SWIFT
swiftc -swift-version 5 -o program main.swift
code=0
seen=$(SWIFT_BACKTRACE=enable=no timeout 60 ./program 2>/dev/null) || code=$?
seen="$seen
exit code $code"
expected=$(
    cat <<'SEEN'
with descriptors left: alive after three seconds
exit code 132
SEEN
)
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    printf '\nthe behaviour has changed; seen before:\n%s\n' "$expected" >&2
    exit 1
fi
