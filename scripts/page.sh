#!/usr/bin/env bash
# Sees to it that the tests of the live page find selenium, where there is a Chromium with its driver. Without one they are skipped,
# and this says so; with the argument "install" it installs both, or fails.
set -euo pipefail

there() { command -v chromium >/dev/null && command -v chromedriver >/dev/null; }

if ! there && [ "${1:-}" = install ]; then
    as_root=
    if [ "$(id -u)" != 0 ]; then as_root="sudo -n"; fi
    if ! { command -v apt-get >/dev/null && $as_root apt-get update -qq &&
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium chromium-driver; } >/dev/null 2>&1; then
        echo "make: chromium and chromedriver are missing, and apt cannot install them" >&2
        exit 1
    fi
fi
if ! there; then
    echo "make: the tests of the live page in a browser are skipped: chromium and chromedriver are not on the PATH" >&2
    exit 0
fi
.venv/bin/python -c 'import selenium' 2>/dev/null || .venv/bin/python -m pip install -q --disable-pip-version-check 'selenium>=4.20,<5'
