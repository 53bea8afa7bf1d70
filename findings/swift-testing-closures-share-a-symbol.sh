#!/usr/bin/env bash
# Swift 6.3.1 with its swift-testing. Behaviour: in the body of a closure, a closure within `#expect(...)` and the next one outside
# of it, of the same type, get one symbol. The call that is given the second one runs the first one, without a word. With the
# second one before the macro, or with both in the body of a function, each is itself. Nothing is installed; what is pinned
# is the toolchain, which is looked at.
# Seen in one of our tests, which asked a server the same wrong thing twice.
set -euo pipefail
if ! swift --version 2>&1 | grep -q 'Swift version 6\.3\.1 '; then
    printf 'this was seen with Swift 6.3.1; here is %s\n' "$(swift --version 2>&1 | head -1)" >&2
    exit 1
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/package/Tests/OwnTests"
cd "$folder/package"
cat >Package.swift <<'SWIFT'
// swift-tools-version: 6.1
import PackageDescription

let package = Package(name: "own", targets: [.testTarget(name: "OwnTests")])
SWIFT
cat >Tests/OwnTests/OwnTests.swift <<'SWIFT'
import Testing

func within(_ body: (String) throws -> Void) throws { try body("") }

func changed(_ change: (inout Int) -> Void) throws -> Int {
    var number = 0
    change(&number)
    return number
}

@Test func macroFirst() throws {
    try within { _ in
        #expect(try changed { $0 = 1 }.magnitude == 1)
        let second = try changed { $0 = 2 }
        print("seen: macro first, in a closure:", second)
    }
}

@Test func macroLast() throws {
    try within { _ in
        let second = try changed { $0 = 2 }
        #expect(try changed { $0 = 1 }.magnitude == 1)
        print("seen: macro last, in a closure:", second)
    }
}

@Test func inAFunction() throws {
    #expect(try changed { $0 = 1 }.magnitude == 1)
    let second = try changed { $0 = 2 }
    print("seen: macro first, in a function:", second)
}
SWIFT
swift test --no-parallel 2>&1 | grep '^seen' | sort >seen
cat >expected <<'TEXT'
seen: macro first, in a closure: 1
seen: macro first, in a function: 2
seen: macro last, in a closure: 2
TEXT
printf 'the second closure sets 2; the one within #expect sets 1\n'
cat seen
if ! diff expected seen >&2; then
    printf 'the behaviour has changed; seen before is on the left\n' >&2
    exit 1
fi
