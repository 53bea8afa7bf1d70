#!/usr/bin/env bash
# Sees to it that what the build needs is there. Says nothing when it is.
#
# Missing C libraries and Python parts are installed with apt where that is possible without a password; elsewhere one
# line says what to install. With the argument "bench", wrk and valgrind too, which `make bench`
# measures with.
set -euo pipefail

python=${PYTHON:-python3}
part=${1:-}

say() { printf '%s\n' "$*" >&2; }

missing() {
    if ! command -v pkg-config >/dev/null; then
        echo pkg-config
        # Without it nothing can be said about the libraries; apt leaves alone what is there.
        echo libzmq3-dev libcurl4-openssl-dev libsqlite3-dev
    else
        pkg-config --exists libzmq || echo libzmq3-dev
        pkg-config --exists libcurl || echo libcurl4-openssl-dev
        # macOS has SQLite's headers in its SDK, without a pkg-config file.
        [ "$(uname -s)" = Darwin ] || pkg-config --exists sqlite3 || echo libsqlite3-dev
    fi
    if [ "$part" = bench ]; then
        command -v wrk >/dev/null || echo wrk
        # Not for every system that wrk is for.
        [ "$(uname -s)" = Darwin ] || command -v valgrind >/dev/null || echo valgrind
    fi
    if [ ! -x .venv/bin/python ]; then
        if ! command -v "$python" >/dev/null; then
            echo python3 python3-venv
        elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
            echo python3-venv
        fi
    fi
}

brew_names() {
    for package in $1; do
        case $package in
            libzmq3-dev) echo zeromq ;;
            libcurl4-openssl-dev) echo curl ;;
            libsqlite3-dev) echo sqlite ;;
            python3 | python3-venv) echo python ;;
            *) echo "$package" ;;
        esac
    done | sort -u | paste -sd ' ' -
}

if ! command -v swift >/dev/null; then
    say "make: no swift on the PATH. FaaSFarm needs Swift 6.1 or later: https://www.swift.org/install"
    exit 1
fi

wanted=$(missing | tr '\n' ' ')
wanted=${wanted% }
if [ -n "$wanted" ]; then
    as_root=
    if [ "$(id -u)" != 0 ]; then as_root="sudo -n"; fi
    if command -v apt-get >/dev/null && { [ -z "$as_root" ] || sudo -n true 2>/dev/null; }; then
        say "make: installing $wanted"
        log=$(mktemp)
        trap 'rm -f "$log"' EXIT
        if ! {
            $as_root apt-get update -qq &&
                $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $wanted
        } >"$log" 2>&1; then
            cat "$log" >&2
            say "make: apt-get could not install $wanted; its output is above"
            exit 1
        fi
    elif [ "$(uname -s)" = Darwin ]; then
        say "make: something is missing; please run: brew install $(brew_names "$wanted")"
        exit 1
    else
        say "make: something is missing; please run: apt-get install $wanted" \
            "(elsewhere the packages with these headers; with Homebrew: $(brew_names "$wanted"))"
        exit 1
    fi
    wanted=$(missing | tr '\n' ' ')
    if [ -n "${wanted% }" ]; then
        say "make: still missing after installation: $wanted"
        exit 1
    fi
fi
